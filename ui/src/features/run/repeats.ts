/**
 * Work that repeats: one step, or a few in turn, again and again below one parent. A loop of forty
 * turns is one row until it is opened. Pure.
 */
import { formatCount } from "../../grammar/format";
import { isFoldable } from "./folding";
import { isFailing, isPoint, type SpanTree, type TreeNode } from "./tree";

export interface Repeat {
  /** Index into `tree.nodes` of the first span of the first turn, and after the last one's last. */
  from: number;
  to: number;
  turns: number;
  /** What one turn is made of, in order. */
  steps: string[];
  failed: number;
  firstFailing: number;
  startMs: number;
  endMs: number;
  costUsd: number;
  /** Of all turns; null while none says. */
  tokensIn: number | null;
  tokensOut: number | null;
}

/** Fewer are listed one by one. */
const TURNS_MIN = 5;
/** Steps of one turn at most. */
const PERIOD_MAX = 4;

/** By the index they begin at; none lies within another. */
export function repeatsOf(tree: SpanTree): Map<number, Repeat> {
  const { nodes } = tree;
  const siblings = new Map<number, number[]>();
  nodes.forEach((node, at) => {
    if (isFoldable(node) || isPoint(node.span)) return;
    const list = siblings.get(node.parent);
    if (list) list.push(at);
    else siblings.set(node.parent, [at]);
  });
  const repeats = new Map<number, Repeat>();
  for (const list of siblings.values()) {
    const keys = list.map((at) => keyOf(nodes[at]));
    let first = 0;
    while (first + TURNS_MIN <= list.length) {
      const found = longestRepeat(keys, first);
      if (!found) {
        first++;
        continue;
      }
      const covered = list.slice(first, first + found.period * found.turns);
      const repeat = summed(tree, covered, found);
      repeats.set(repeat.from, repeat);
      first += covered.length;
    }
  }
  return withoutInner(repeats);
}

function keyOf(node: TreeNode | undefined): string {
  return node ? `${node.span.kind} ${nameOf(node)}` : "";
}

function nameOf({ span }: TreeNode): string {
  return span.kind === "tool" ? (span.tool ?? span.name) : span.name;
}

/** The repeat from `first` on that covers most; of equal ones the one of fewer steps. */
function longestRepeat(keys: string[], first: number): { period: number; turns: number } | null {
  let best: { period: number; turns: number } | null = null;
  for (let period = 1; period <= PERIOD_MAX; period++) {
    let at = first + period;
    while (at < keys.length && keys[at] === keys[at - period]) at++;
    const turns = Math.floor((at - first) / period);
    if (turns < TURNS_MIN) continue;
    if (!best || period * turns > best.period * best.turns + best.period) best = { period, turns };
  }
  return best;
}

function summed(
  tree: SpanTree,
  covered: number[],
  found: { period: number; turns: number },
): Repeat {
  const { nodes } = tree;
  const from = covered[0] ?? 0;
  const last = nodes[covered.at(-1) ?? 0];
  const to = last?.end ?? from + 1;
  let [failed, firstFailing, costUsd, endMs] = [0, -1, 0, 0];
  let tokensIn: number | null = null;
  let tokensOut: number | null = null;
  for (let at = from; at < to; at++) {
    const node = nodes[at] as TreeNode;
    endMs = Math.max(endMs, node.endMs);
    if (node.span.counted) {
      costUsd += Number(node.span.cost_usd ?? 0);
      tokensIn = plus(tokensIn, node.span.tokens?.input);
      tokensOut = plus(tokensOut, node.span.tokens?.output);
    }
    if (isFoldable(node) || !isFailing(node.span)) continue;
    failed++;
    if (firstFailing === -1) firstFailing = at;
  }
  return {
    from,
    to,
    turns: found.turns,
    steps: covered.slice(0, found.period).map((at) => nameOf(nodes[at] as TreeNode)),
    failed,
    firstFailing,
    startMs: nodes[from]?.startMs ?? 0,
    endMs,
    costUsd,
    tokensIn,
    tokensOut,
  };
}

/** What is not known adds nothing, and is not a known 0. */
function plus(sum: number | null, more: number | null | undefined): number | null {
  return more === null || more === undefined ? sum : (sum ?? 0) + more;
}

function withoutInner(repeats: Map<number, Repeat>): Map<number, Repeat> {
  const outer = new Map<number, Repeat>();
  let coveredTo = 0;
  for (const repeat of [...repeats.values()].toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (repeat.from < coveredTo) continue;
    outer.set(repeat.from, repeat);
    coveredTo = repeat.to;
  }
  return outer;
}

/** "40 turns of chat gpt-4o, search; 2 failed". */
export function repeatWords(repeat: Repeat): string {
  const turns = repeat.steps.length === 1 ? "times" : "turns of";
  const what = repeat.steps.join(", ");
  const failed = repeat.failed > 0 ? `; ${formatCount(repeat.failed)} failed` : "";
  return `${formatCount(repeat.turns)} ${turns} ${what}${failed}`;
}
