/**
 * Which spans the run's length hangs on: from the end backwards, always the child that ended last
 * before the moment reached. Shortening any other span would not have made the run shorter.
 */
import { isFoldable } from "./folding";
import { isPoint, type SpanTree, type TreeNode } from "./tree";

/**
 * What of the path is worth marking: its innermost spans, as what holds them is on it anyway; and
 * nothing in a run of steps one after the other, where all of them would be.
 */
export function criticalMarks(tree: SpanTree): Set<number> {
  const path = criticalPath(tree);
  const inner = new Set(path);
  for (const at of path) inner.delete(tree.nodes[at]?.parent ?? -1);
  const holds = new Set(tree.nodes.filter((node) => !isAside(node)).map((node) => node.parent));
  const beside = tree.nodes.some((node, at) => !isAside(node) && !holds.has(at) && !path.has(at));
  return beside ? inner : new Set();
}

/** Moments, and what is folded and holds nothing: a copy or plumbing stands for its parent. */
function isAside(node: TreeNode): boolean {
  return isPoint(node.span) || (node.childCount === 0 && isFoldable(node));
}

/** Indexes into `tree.nodes`. */
export function criticalPath(tree: SpanTree): Set<number> {
  const { nodes } = tree;
  const children = new Map<number, number[]>();
  nodes.forEach((node, at) => {
    if (isAside(node)) return;
    const list = children.get(node.parent);
    if (list) list.push(at);
    else children.set(node.parent, [at]);
  });

  const path = new Set<number>();
  // -1 stands for the run, whose children are the topmost spans.
  const stack: { at: number; until: number }[] = [{ at: -1, until: tree.endMs }];
  while (stack.length > 0) {
    const { at, until } = stack.pop() as { at: number; until: number };
    const from = at === -1 ? tree.startMs : (nodes[at] as TreeNode).startMs;
    if (at !== -1) path.add(at);
    let cursor = until;
    const below = children.get(at) ?? [];
    below.sort((a, b) => (nodes[b]?.endMs ?? 0) - (nodes[a]?.endMs ?? 0) || a - b);
    for (const child of below) {
      const node = nodes[child] as TreeNode;
      // What begins after the moment reached ran beside the path.
      if (node.startMs >= cursor || node.endMs <= from) continue;
      // What was still going when the next step began was not waited for. Only the last step may
      // outlive its parent.
      if (node.endMs > cursor && cursor < until) continue;
      stack.push({ at: child, until: Math.min(node.endMs, cursor) });
      cursor = node.startMs;
    }
  }
  return path;
}
