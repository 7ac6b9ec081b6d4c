/**
 * What belongs to one model call beyond its own span: the call before it in the same
 * conversation, and the tool spans that answered what it asked for.
 */
import type { SpanTree, TreeNode } from "./tree";

/** The model call before this one: of the same parent if there is one, else of the same agent. */
export function previousCall(tree: SpanTree, at: number): number {
  const { nodes } = tree;
  const current = nodes[at];
  if (!current || current.span.kind !== "llm") return -1;
  let best = -1;
  let bestNear = 0;
  nodes.forEach((node, index) => {
    if (index === at || node.span.kind !== "llm" || node.span.duplicate_of !== null) return;
    if (!before(node, index, current, at)) return;
    const near =
      node.parent === current.parent ? 2 : node.span.agent === current.span.agent ? 1 : 0;
    if (near === 0 || near < bestNear) return;
    const found = nodes[best];
    if (near > bestNear || !found || before(found, best, node, index)) {
      best = index;
      bestNear = near;
    }
  });
  return best;
}

function before(a: TreeNode, aIndex: number, b: TreeNode, bIndex: number): boolean {
  return a.startMs < b.startMs || (a.startMs === b.startMs && aIndex < bIndex);
}

/**
 * For each asked tool (by name, in order) the span that ran it: the first of that name not yet
 * taken that began after the call and before the next model call of the same parent; -1 if none.
 */
export function toolSpans(tree: SpanTree, at: number, toolNames: string[]): number[] {
  const { nodes } = tree;
  const call = nodes[at];
  if (!call) return toolNames.map(() => -1);
  let nextCallMs = Infinity;
  nodes.forEach((node, index) => {
    if (
      index !== at &&
      node.span.kind === "llm" &&
      node.span.duplicate_of === null &&
      node.parent === call.parent &&
      before(call, at, node, index)
    ) {
      nextCallMs = Math.min(nextCallMs, node.startMs);
    }
  });
  const candidates: number[] = [];
  nodes.forEach((node, index) => {
    // What one framework calls a tool another records as a retriever or an agent.
    if (node.span.kind === "llm" || node.span.duplicate_of !== null) return;
    // A streamed call may start its tools before it ends, but never before it starts.
    if (node.startMs < call.startMs || node.startMs > nextCallMs) return;
    candidates.push(index);
  });
  candidates.sort((a, b) => (nodes[a]?.startMs ?? 0) - (nodes[b]?.startMs ?? 0) || a - b);
  const taken = new Set<number>();
  return toolNames.map((name) => {
    const found = candidates.find((index) => {
      const span = nodes[index]?.span;
      return !taken.has(index) && (span?.tool === name || span?.name === name);
    });
    if (found === undefined) return -1;
    taken.add(found);
    return found;
  });
}
