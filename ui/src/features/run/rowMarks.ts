/** What a row says beside its name: which turn it is, with how many it ran at once, what it hides. Pure. */
import { isFoldable } from "./folding";
import { isPoint, type SpanTree, type TreeNode } from "./tree";

export interface RowMarks {
  /** The n-th model call of so many below one parent. */
  turn?: { at: number; of: number };
  /** It and its siblings overlap, `most` of them at one moment; `at` counts from 1. */
  atOnce?: { at: number; of: number; most: number };
  /** Spans folded right below it. */
  copies?: number;
  plumbing?: number;
}

/** A few turns count themselves. */
const TURNS_MIN = 3;
/** Clocks differ: what overlaps by less than this share of its length ran one after the other. */
const OVERLAP_MIN = 0.05;

export function rowMarks(tree: SpanTree): Map<number, RowMarks> {
  const { nodes } = tree;
  const marks = new Map<number, RowMarks>();
  const mark = (at: number) => {
    let found = marks.get(at);
    if (!found) marks.set(at, (found = {}));
    return found;
  };
  const siblings = new Map<number, number[]>();
  nodes.forEach((node, at) => {
    if (isFoldable(node)) {
      let above = node.parent;
      while (above !== -1 && isFoldable(nodes[above] as TreeNode))
        above = nodes[above]?.parent ?? -1;
      if (above === -1) return;
      const hidden = mark(above);
      if (node.span.duplicate_of === null) hidden.plumbing = (hidden.plumbing ?? 0) + 1;
      else hidden.copies = (hidden.copies ?? 0) + 1;
      return;
    }
    if (isPoint(node.span)) return;
    const list = siblings.get(node.parent);
    if (list) list.push(at);
    else siblings.set(node.parent, [at]);
  });
  for (const list of siblings.values()) {
    const calls = list.filter((at) => nodes[at]?.span.kind === "llm");
    if (calls.length >= TURNS_MIN) {
      calls.forEach((at, turn) => (mark(at).turn = { at: turn + 1, of: calls.length }));
    }
    for (const group of atOnce(tree, list)) {
      const most = mostAtOnce(tree, group);
      group.forEach((at, place) => (mark(at).atOnce = { at: place + 1, of: group.length, most }));
    }
  }
  return marks;
}

/** Siblings stand by their start: each that begins before all earlier ones have ended joins them. */
function atOnce(tree: SpanTree, list: number[]): number[][] {
  const groups: number[][] = [];
  let group: number[] = [];
  let endMs = -Infinity;
  for (const at of list) {
    const node = tree.nodes[at] as TreeNode;
    const overlap = Math.min(endMs, node.endMs) - node.startMs;
    if (overlap > OVERLAP_MIN * (node.endMs - node.startMs) && overlap > 0) group.push(at);
    else {
      groups.push(group);
      group = [at];
      endMs = -Infinity;
    }
    endMs = Math.max(endMs, node.endMs);
  }
  groups.push(group);
  return groups.filter(({ length }) => length > 1);
}

/** Of spans that overlap one after the other, how many ran at one moment. */
function mostAtOnce(tree: SpanTree, group: number[]): number {
  const spans = group.map((at) => tree.nodes[at] as TreeNode);
  const starts = spans.map(({ startMs }) => startMs).toSorted((a, b) => a - b);
  const ends = spans.map(({ endMs }) => endMs).toSorted((a, b) => a - b);
  let over = 0;
  let most = 0;
  starts.forEach((startMs, begun) => {
    while ((ends[over] ?? Infinity) <= startMs) over += 1;
    most = Math.max(most, begun + 1 - over);
  });
  return most;
}
