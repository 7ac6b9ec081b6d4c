/**
 * The spans of a run as a tree, flat and in reading order, so that collapsing is a jump and the
 * list can be virtualized. No recursion: runs may be tens of thousands of spans deep or wide.
 * It never loses or doubles a span: a span whose parent did not arrive, or that hangs in a circle,
 * stands at the top and says so.
 */
import type { Span } from "../../api/types";
import { parseTime } from "../../grammar/format";

export interface TreeNode {
  span: Span;
  /** Index in `nodes`, -1 at the top. */
  parent: number;
  depth: number;
  /** Index after the last descendant. */
  end: number;
  childCount: number;
  /** US dollars of the counted spans below it; for a drawing, not for a sum that must be exact. */
  costBelow: number;
  startMs: number;
  /** Of a running span: the latest time known in the run. */
  endMs: number;
  issue: "parent missing" | "circle" | null;
}

export interface SpanTree {
  nodes: TreeNode[];
  indexById: Map<string, number>;
  /** The run's first and last moment; both 0 without spans. */
  startMs: number;
  endMs: number;
}

const POINT_KINDS = new Set(["log", "decision", "event", "score"]);

/** Point events have no duration; they are marks on the timeline. */
export function isPoint(span: Span): boolean {
  return POINT_KINDS.has(span.kind);
}

export function isFailing(span: Span): boolean {
  return span.status === "failed" || span.status === "timeout" || span.error !== null;
}

export function buildTree(received: Span[]): SpanTree {
  // Of two with one id the later wins: a live change follows the span it changes.
  const byId = new Map<string, Span>();
  for (const span of received) byId.set(span.id, span);
  const spans = [...byId.values()];
  const count = spans.length;
  const position = new Map(spans.map((span, index) => [span.id, index]));

  const starts = spans.map((span) => parseTime(span.started_at));
  let startMs = Infinity;
  let endMs = -Infinity;
  const ends = spans.map((span, index) => {
    const start = starts[index] ?? 0;
    const end = span.finished_at
      ? Math.max(start, parseTime(span.finished_at))
      : start + (span.duration_ms ?? 0);
    startMs = Math.min(startMs, start);
    endMs = Math.max(endMs, end);
    return end;
  });
  if (count === 0) startMs = endMs = 0;

  const parents = spans.map((span) =>
    span.parent_id === null ? -1 : (position.get(span.parent_id) ?? -1),
  );
  const issues: TreeNode["issue"][] = spans.map((span, index) =>
    span.parent_id !== null && parents[index] === -1 ? "parent missing" : null,
  );

  const order = spans.map((_, index) => index);
  order.sort((a, b) => compareByStart(spans, starts, ends, a, b));

  breakCircles(order, parents, issues);

  const children: number[][] = spans.map(() => []);
  const tops: number[] = [];
  for (const index of order) {
    const parent = parents[index] ?? -1;
    (parent === -1 ? tops : children[parent])?.push(index);
  }

  const nodes: TreeNode[] = [];
  const indexById = new Map<string, number>();
  const placed = new Int32Array(count);
  const stack = tops.toReversed();
  while (stack.length > 0) {
    const index = stack.pop() as number;
    const span = spans[index] as Span;
    const parentIndex = parents[index] ?? -1;
    const parent = parentIndex === -1 ? -1 : (placed[parentIndex] ?? -1);
    const at = nodes.length;
    placed[index] = at;
    indexById.set(span.id, at);
    const below = children[index] ?? [];
    const running = span.finished_at === null && span.duration_ms === null;
    nodes.push({
      span,
      parent,
      depth: parent === -1 ? 0 : (nodes[parent]?.depth ?? 0) + 1,
      end: at + 1,
      childCount: below.length,
      costBelow: 0,
      startMs: starts[index] ?? 0,
      endMs: running ? endMs : (ends[index] ?? 0),
      issue: issues[index] ?? null,
    });
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i] as number);
  }
  // Backwards, so that what a child holds is known before its parent asks.
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as TreeNode;
    const parent = nodes[node.parent];
    if (!parent) continue;
    if (node.end > parent.end) parent.end = node.end;
    parent.costBelow += node.costBelow + (node.span.counted ? Number(node.span.cost_usd ?? 0) : 0);
  }
  return { nodes, indexById, startMs, endMs };
}

/** By start; the longer first, as it may hold the other; then by id, so that the order is fixed. */
function compareByStart(
  spans: Span[],
  starts: number[],
  ends: number[],
  a: number,
  b: number,
): number {
  return (
    (starts[a] ?? 0) - (starts[b] ?? 0) ||
    (ends[b] ?? 0) - (ends[a] ?? 0) ||
    ((spans[a]?.id ?? "") < (spans[b]?.id ?? "") ? -1 : 1)
  );
}

/** Lifts the earliest span of each circle to the top. */
function breakCircles(order: number[], parents: number[], issues: TreeNode["issue"][]) {
  const UNSEEN = 0;
  const ON_PATH = 1;
  const DONE = 2;
  const mark = new Uint8Array(parents.length);
  const rank = new Int32Array(parents.length);
  order.forEach((index, at) => (rank[index] = at));
  for (const from of order) {
    const path: number[] = [];
    let at = from;
    while (at !== -1 && mark[at] === UNSEEN) {
      mark[at] = ON_PATH;
      path.push(at);
      at = parents[at] ?? -1;
    }
    if (at !== -1 && mark[at] === ON_PATH) {
      const circle = path.slice(path.indexOf(at));
      const first = circle.reduce((a, b) => ((rank[a] ?? 0) < (rank[b] ?? 0) ? a : b));
      parents[first] = -1;
      issues[first] = "circle";
    }
    for (const seen of path) mark[seen] = DONE;
  }
}

export interface TreeRow {
  index: number;
  /** Without the folded ancestors. */
  depth: number;
  /** Whether anything below it would be shown when open. */
  openable: boolean;
  open: boolean;
  /** The repeated work that begins here; closed, the row stands for all of it. */
  repeat?: { from: number; to: number };
  repeatOpen?: boolean;
}

export interface RowsWanted {
  collapsed: ReadonlySet<string>;
  /** A folded span is left out and what is below it moves up. */
  folded: (node: TreeNode) => boolean;
  /** When given, only these and what leads to them. */
  matches?: (node: TreeNode) => boolean;
  /** Work that repeats, by the index it begins at; a search opens it. */
  repeats?: ReadonlyMap<number, { from: number; to: number }>;
  isOpenRepeat?: (from: number) => boolean;
}

/** The rows to show, in order. */
export function visibleRows(tree: SpanTree, wanted: RowsWanted): TreeRow[] {
  const { nodes } = tree;
  const count = nodes.length;
  const folded = new Uint8Array(count);
  for (let at = 0; at < count; at++) folded[at] = wanted.folded(nodes[at] as TreeNode) ? 1 : 0;

  const kept = new Uint8Array(count).fill(wanted.matches ? 0 : 1);
  if (wanted.matches) {
    for (let at = count - 1; at >= 0; at--) {
      const node = nodes[at] as TreeNode;
      if (!folded[at] && wanted.matches(node)) kept[at] = 1;
      if (kept[at] && node.parent !== -1) kept[node.parent] = 1;
    }
  }
  // Whether a node has, at any depth, something that would show below it.
  const openable = new Uint8Array(count);
  for (let at = count - 1; at >= 0; at--) {
    const parent = nodes[at]?.parent ?? -1;
    if (parent !== -1 && kept[at] && (!folded[at] || openable[at])) openable[parent] = 1;
  }

  const rows: TreeRow[] = [];
  const depths = new Int32Array(count);
  let at = 0;
  while (at < count) {
    const node = nodes[at] as TreeNode;
    const depth = node.parent === -1 ? 0 : (depths[node.parent] ?? 0);
    // depths[x] is the depth of what stands below x.
    depths[at] = folded[at] ? depth : depth + 1;
    if (!kept[at]) {
      at = node.end;
      continue;
    }
    // A search opens what it found.
    const open = wanted.matches !== undefined || !wanted.collapsed.has(node.span.id);
    const repeat = wanted.matches ? undefined : wanted.repeats?.get(at);
    if (repeat) {
      const repeatOpen = wanted.isOpenRepeat?.(at) ?? false;
      rows.push({ index: at, depth, openable: openable[at] === 1, open, repeat, repeatOpen });
      at = repeatOpen ? (open ? at + 1 : node.end) : repeat.to;
      continue;
    }
    if (!folded[at]) rows.push({ index: at, depth, openable: openable[at] === 1, open });
    at = folded[at] || open ? at + 1 : node.end;
  }
  return rows;
}

/**
 * The span to look at first in a failed run: the earliest that failed with nothing failed below
 * it, and of these one whose failure went all the way up; a failed tool that the agent survived
 * comes after.
 */
export function firstFailing(tree: SpanTree): number {
  const { nodes } = tree;
  const failedBelow = new Uint8Array(nodes.length);
  const failedUp = new Uint8Array(nodes.length);
  nodes.forEach((node, at) => {
    const up = node.parent === -1 || failedUp[node.parent] === 1;
    failedUp[at] = up && isFailing(node.span) ? 1 : 0;
  });
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as TreeNode;
    if (node.parent !== -1 && (failedBelow[at] || isFailing(node.span))) {
      failedBelow[node.parent] = 1;
    }
  }
  let best = -1;
  nodes.forEach((node, at) => {
    if (!isFailing(node.span) || failedBelow[at]) return;
    const current = nodes[best];
    const wentUp = (failedUp[at] ?? 0) - (failedUp[best] ?? 0);
    if (!current || wentUp > 0 || (wentUp === 0 && node.startMs < current.startMs)) best = at;
  });
  return best;
}
