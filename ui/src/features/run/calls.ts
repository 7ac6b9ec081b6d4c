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

export interface AskedTool {
  id: string | null;
  name: string;
}

/**
 * For each asked tool the span that ran it, -1 if none: the one that names the call's id; else,
 * in order, the first of that name not yet taken that began after the call and before the next
 * model call of the same parent.
 */
export function toolSpans(tree: SpanTree, at: number, asked: AskedTool[]): number[] {
  const { nodes } = tree;
  const call = nodes[at];
  if (!call) return asked.map(() => -1);
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
  const byCallId = new Map<string, number>();
  const candidates: number[] = [];
  nodes.forEach((node, index) => {
    // What one framework calls a tool another records as a retriever or an agent.
    if (node.span.kind === "llm" || node.span.duplicate_of !== null) return;
    if (node.span.tool_call_id !== null && !byCallId.has(node.span.tool_call_id)) {
      byCallId.set(node.span.tool_call_id, index);
    }
    // A streamed call may start its tools before it ends, but never before it starts.
    if (node.startMs < call.startMs || node.startMs > nextCallMs) return;
    candidates.push(index);
  });
  candidates.sort((a, b) => (nodes[a]?.startMs ?? 0) - (nodes[b]?.startMs ?? 0) || a - b);
  const taken = new Set<number>();
  return asked.map(({ id, name }) => {
    const named = id === null ? undefined : byCallId.get(id);
    if (named !== undefined) return named;
    const found = candidates.find((index) => {
      const span = nodes[index]?.span;
      if (taken.has(index) || (span?.tool_call_id ?? null) !== null) return false;
      return span?.tool === name || span?.name === name;
    });
    if (found === undefined) return -1;
    taken.add(found);
    return found;
  });
}
