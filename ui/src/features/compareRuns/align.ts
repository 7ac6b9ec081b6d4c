/**
 * Two runs step by step. Pure. The alignment is that of Needleman and Wunsch ("A general method
 * applicable to the search for similarities in the amino acid sequence of two proteins", 1970): of
 * all ways to lay one row of steps beside the other it takes the one with the most steps in common.
 */
import type { Span } from "../../api/types";
import { isFoldable } from "../run/folding";
import { ownersOf } from "../run/owners";
import { isFailing, isPoint, type SpanTree } from "../run/tree";

/** The first characters of what went into a span and came out, where that is known. */
export interface Preview {
  input: string | null;
  output: string | null;
}

export interface Step {
  span: Span;
  depth: number;
  preview: Preview;
  /** Two steps can only be the same one when these are equal. */
  key: string;
}

/** The table of the alignment has a cell for each pair: longer runs are compared up to here. */
export const STEPS_MAX = 3_000;

/** The spans that are steps, in reading order: no copies, no plumbing, no moments. */
export function stepsOf(tree: SpanTree, previews: ReadonlyMap<string, Preview>): Step[] {
  const owners = ownersOf(tree);
  return tree.nodes.flatMap((node, at) => {
    const { span, depth } = node;
    if (isFoldable(node) || isPoint(span)) return [];
    // Another model, or another name for the same agent's call, is a difference and not another step.
    const name =
      span.kind === "llm"
        ? (owners[at] ?? "")
        : span.kind === "tool"
          ? (span.tool ?? span.name)
          : span.name;
    // The topmost step is the run itself, whatever it is called.
    const preview = previews.get(span.id) ?? NOTHING;
    return [
      { span, depth, preview, key: depth === 0 ? `top ${span.kind}` : `${span.kind} ${name}` },
    ];
  });
}

/** Indexes into the two rows; -1 where one side has no such step. */
export interface Pair {
  a: number;
  b: number;
}

const NOTHING: Preview = { input: null, output: null };

const COMMON = 4;
/** Of two steps with one key the one that was given the same is the likelier. */
const SAME_INPUT = 1;

export function align(a: Step[], b: Step[]): Pair[] {
  const rows = a.length + 1;
  const columns = b.length + 1;
  const score = (i: number, j: number) => {
    const [left, right] = [a[i], b[j]];
    if (!left || !right || left.key !== right.key) return 0;
    return left.preview.input === right.preview.input ? COMMON + SAME_INPUT : COMMON;
  };
  const best = new Int32Array(rows * columns);
  const at = (i: number, j: number) => best[i * columns + j] ?? 0;
  // From the end, so that the way is then read from the beginning.
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const common = score(i, j);
      best[i * columns + j] = Math.max(
        common > 0 ? common + at(i + 1, j + 1) : 0,
        at(i + 1, j),
        at(i, j + 1),
      );
    }
  }
  const pairs: Pair[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const common = i < a.length && j < b.length ? score(i, j) : 0;
    if (common > 0 && at(i, j) === common + at(i + 1, j + 1)) pairs.push({ a: i++, b: j++ });
    else if (i < a.length && (j === b.length || at(i, j) === at(i + 1, j)))
      pairs.push({ a: i++, b: -1 });
    else pairs.push({ a: -1, b: j++ });
  }
  return pairs;
}

/** What differs between two aligned steps, as far as is known without their bodies. */
export function differences(a: Step, b: Step): string[] {
  const found: string[] = [];
  if (isFailing(a.span) !== isFailing(b.span)) {
    found.push(isFailing(b.span) ? "failed in B" : "failed in A");
  }
  if (a.span.model !== b.span.model) found.push("model");
  if (a.preview.input !== b.preview.input) found.push("input");
  if (a.preview.output !== b.preview.output) found.push("output");
  return found;
}

/** B less A; null where either is unknown. */
export function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : b - a;
}

export function costDifference(a: string | null, b: string | null): number | null {
  return difference(a === null ? null : Number(a), b === null ? null : Number(b));
}

export function totalTokens(
  tokens: { input: number | null; output: number | null } | null,
): number | null {
  if (!tokens || (tokens.input === null && tokens.output === null)) return null;
  return (tokens.input ?? 0) + (tokens.output ?? 0);
}
