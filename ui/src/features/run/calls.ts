/**
 * What belongs to one model call beyond its own span: the call before it in the same
 * conversation, and the tool spans that answered what it asked for.
 */
import { ownersOf } from "./owners";
import type { SpanTree, TreeNode } from "./tree";

/**
 * For each span the model call before it in the same conversation, -1 where there is none: of the
 * same parent if there is one, else of the same agent.
 */
export function previousCalls(tree: SpanTree): Int32Array {
  const { nodes } = tree;
  const owners = ownersOf(tree);
  const previous = new Int32Array(nodes.length).fill(-1);
  const lastOfParent = new Map<number, number>();
  const lastOfAgent = new Map<string | null, number>();
  const calls = nodes.flatMap(({ span }, at) => (span.kind === "llm" ? [at] : []));
  // Where one layer records what another one sends, both hold the same messages.
  const layered = new Set(calls.filter((at) => !isCopy(nodes[at])).map((at) => nodes[at]?.parent));
  calls.sort((a, b) => (nodes[a]?.startMs ?? 0) - (nodes[b]?.startMs ?? 0) || a - b);
  for (const at of calls) {
    const { parent } = nodes[at] as TreeNode;
    const agent = owners[at] ?? null;
    previous[at] = lastOfParent.get(parent) ?? lastOfAgent.get(agent) ?? -1;
    if (isCopy(nodes[at]) || layered.has(at)) continue;
    lastOfParent.set(parent, at);
    lastOfAgent.set(agent, at);
  }
  return previous;
}

function isCopy(node: TreeNode | undefined): boolean {
  return node !== undefined && node.span.duplicate_of !== null;
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
