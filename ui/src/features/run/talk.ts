/**
 * A whole run as agents talking: its model calls in order, each to show only what it adds, the
 * tools between them, and where another agent takes the word. Pure; bodies are fetched when shown.
 */
import type { Message } from "../../api/types";
import { previousCalls } from "./calls";
import { sharedCount, turnsOf, type Turn } from "./conversation";
import { isFoldable } from "./folding";
import { agentNames, handOffTarget, ownersOf } from "./owners";
import type { SpanTree } from "./tree";

export type TalkItem =
  /** From here on `agent` speaks; `how` it came to that, as far as spans say. */
  | { type: "agent"; index: number; depth: number; agent: string; how: string | null }
  /** `previous` and `next` are the calls beside it in the same conversation, -1 for none. */
  | { type: "call"; index: number; depth: number; previous: number; next: number; tools: number[] }
  /** Work that no model call asked for. */
  | { type: "step"; index: number; depth: number };

export type CallItem = Extract<TalkItem, { type: "call" }>;

const STEPS = new Set(["tool", "retriever", "reranker", "guardrail", "evaluator", "decision"]);

export function talkOf(tree: SpanTree): TalkItem[] {
  const { nodes } = tree;
  const owners = ownersOf(tree);
  const agents = agentNames(owners);
  const previous = previousCalls(tree);
  const next = new Int32Array(nodes.length).fill(-1);
  previous.forEach((before, at) => {
    const node = nodes[at];
    if (before !== -1 && next[before] === -1 && node && !isFoldable(node)) next[before] = at;
  });

  /** How many agents each span is within, so that who was asked stands below who asked. */
  const depths: number[] = [];
  /** The nearest tool above each span that an agent used. */
  const toolAbove: number[] = [];
  const items: TalkItem[] = [];
  let agent: string | null = null;
  let handedBy: string | null = null;
  /** The last call of each parent, and of each agent: the tools that follow are that call's. */
  const lastCall = new Map<number, CallItem>();
  const lastOfAgent = new Map<string | null, CallItem>();

  const holdsCall = new Set(
    nodes
      .filter((node) => node.span.kind === "llm" && !isFoldable(node))
      .map(({ parent }) => parent),
  );

  nodes.forEach((node, at) => {
    const { span, parent } = node;
    const owner = owners[at] ?? null;
    const above = parent === -1 ? null : (owners[parent] ?? null);
    const depth = (depths[parent] ?? 0) + (above !== null && owner !== above ? 1 : 0);
    depths.push(depth);
    toolAbove.push(span.kind === "tool" ? at : (toolAbove[parent] ?? -1));
    if (isFoldable(node)) return;
    const call = span.kind === "llm";
    if (!call && !STEPS.has(span.kind)) return;
    // Where one layer records what another one sends, the inner one is the call.
    if (call && holdsCall.has(at)) return;

    // A tool belongs to the call that asked for it, and that stands already.
    const asking = lastCall.get(parent) ?? lastOfAgent.get(owner);
    const asked = span.kind === "tool" && asking !== undefined;
    if (asked) asking.tools.push(at);
    else if (owner !== null && owner !== agent) {
      const tool = nodes[toolAbove[parent] ?? -1]?.span;
      const how =
        handedBy !== null
          ? `handed over by ${handedBy}`
          : tool !== undefined && above !== null
            ? `asked through ${tool.tool ?? tool.name}`
            : null;
      items.push({ type: "agent", index: at, depth, agent: owner, how });
      agent = owner;
      handedBy = null;
    }
    if (handOffTarget(span, agents) !== null || (span.kind === "decision" && /→/.test(span.name))) {
      handedBy = owner;
    }
    if (call) {
      const item: CallItem = {
        type: "call",
        index: at,
        depth,
        previous: previous[at] ?? -1,
        next: next[at] ?? -1,
        tools: [],
      };
      items.push(item);
      lastCall.set(parent, item);
      lastOfAgent.set(owner, item);
      return;
    }
    if (!asked) items.push({ type: "step", index: at, depth });
  });
  return items;
}

/**
 * What one call adds to the conversation: its messages that the call before had not, and in each
 * tool call the result, which only the call after it may hold.
 */
export function addedTurns(
  own: Message[],
  before: Message[] | null,
  after: Message[] | null,
): Turn[] {
  const shared = before === null ? 0 : sharedCount(own, before);
  const inputs = own.filter(({ direction }) => direction === "input");
  const ordered = [...inputs, ...own.filter(({ direction }) => direction === "output")];
  const known = new Set(ordered.slice(0, shared));
  const answers = (after ?? [])
    .filter(({ direction }) => direction === "input")
    .slice(inputs.length)
    .filter(
      ({ parts }) => parts.length > 0 && parts.every(({ type }) => type === "tool_call_response"),
    )
    .map((message) => ({ ...message, direction: "output" as const }));
  const added = new Set(answers);
  return turnsOf([...ordered, ...answers], null).filter(
    ({ message }) => !known.has(message) && !added.has(message as (typeof answers)[number]),
  );
}
