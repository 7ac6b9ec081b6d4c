/**
 * A model call's messages as a person reads them: what the previous call had already is folded,
 * a tool's result stands in the call that asked for it, what is new is marked. Pure.
 */
import type { Message, Part } from "../../api/types";
import { formatCount } from "../../grammar/format";

export type ToolCall = Extract<Part, { type: "tool_call" }>;
export type ToolResponse = Extract<Part, { type: "tool_call_response" }>;

export interface Turn {
  message: Message;
  /** Its parts without the tool results that stand elsewhere. */
  parts: Part[];
  results: Map<ToolCall, ToolResponse>;
  isNew: boolean;
}

export type Item =
  | { type: "turn"; turn: Turn }
  | { type: "fold"; label: string; turns: Turn[]; messageCount: number };

/** Longer system messages are folded even on the first call. */
const SYSTEM_CHARACTERS_MAX = 600;

/** How many of `current`'s leading input messages the previous call had sent or received. */
export function sharedCount(current: Message[], previous: Message[]): number {
  const known = ordered(previous).map(messageKey);
  const inputs = ordered(current).filter((message) => message.direction === "input");
  let shared = 0;
  while (
    shared < inputs.length &&
    shared < known.length &&
    messageKey(inputs[shared] as Message) === known[shared]
  ) {
    shared++;
  }
  return shared;
}

/** Inputs before outputs; within each the order stands. */
function ordered(messages: Message[]): Message[] {
  const of = (direction: Message["direction"]) =>
    messages.filter((message) => message.direction === direction);
  return [...of("input"), ...of("output")];
}

function messageKey(message: Message): string {
  return JSON.stringify([message.role, message.parts.map(partKey)]);
}

/** Arguments come as text from one client and as an object from another. */
function partKey(part: Part): unknown {
  if (part.type === "tool_call") return [part.type, part.name, comparable(part.arguments)];
  if (part.type === "tool_call_response") return [part.type, comparable(part.result)];
  return part;
}

function comparable(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The turns, inputs first, each tool result within the turn that asked for it. */
export function turnsOf(messages: Message[], shared: number | null): Turn[] {
  const all = ordered(messages);
  const isNew = (at: number) => shared !== null && at >= shared;
  const asked: { call: ToolCall; turn: Turn }[] = [];
  const turns: Turn[] = [];
  all.forEach((message, at) => {
    const turn: Turn = { message, parts: [], results: new Map(), isNew: isNew(at) };
    for (const part of message.parts) {
      if (part.type === "tool_call_response") {
        const answered = asked.findIndex(({ call, turn: asking }) => {
          if (asking.results.has(call)) return false;
          return part.id === null || call.id === null ? true : call.id === part.id;
        });
        const found = asked[answered];
        if (found) {
          found.turn.results.set(found.call, part);
          asked.splice(answered, 1);
          if (turn.isNew) found.turn.isNew = true;
          continue;
        }
      }
      if (part.type === "tool_call") asked.push({ call: part, turn });
      turn.parts.push(part);
    }
    // A message of tool results only has moved into the turns that asked.
    if (turn.parts.length > 0 || message.parts.length === 0) turns.push(turn);
  });
  return turns;
}

/**
 * `shared` is null when there is no previous call: then nothing is old and nothing is marked.
 * The last old turn stays in sight, so that what is new has something to follow.
 */
export function conversation(messages: Message[], shared: number | null): Item[] {
  const turns = turnsOf(messages, shared);
  const items: Item[] = [];
  let rest = turns;
  const leading = turns.findIndex((turn) => !isSystem(turn.message));
  const system = turns.slice(0, leading === -1 ? turns.length : leading);
  const systemCharacters = system.reduce((sum, turn) => sum + characters(turn), 0);
  if (system.length > 0 && leading !== -1) {
    const unchanged = shared !== null && system.every((turn) => !turn.isNew);
    if (unchanged || systemCharacters > SYSTEM_CHARACTERS_MAX) {
      rest = turns.slice(leading);
      const count = system.length === 1 ? "1 message" : `${system.length} messages`;
      items.push({
        type: "fold",
        label: [
          system[0]?.message.role ?? "system",
          count,
          ...(unchanged ? ["unchanged since the previous call"] : []),
          `${formatCount(systemCharacters)} characters`,
        ].join(" · "),
        turns: system,
        messageCount: system.length,
      });
    }
  }
  const firstNew = rest.findIndex((turn) => turn.isNew);
  const oldCount = shared === null ? 0 : firstNew === -1 ? rest.length : firstNew;
  const foldCount = Math.max(0, oldCount - 1);
  if (foldCount > 1) {
    const old = rest.slice(0, foldCount);
    const messageCount = old.reduce((sum, turn) => sum + 1 + turn.results.size, 0);
    items.push({
      type: "fold",
      label: `${formatCount(messageCount)} messages as in the previous call`,
      turns: old,
      messageCount,
    });
    rest = rest.slice(foldCount);
  }
  for (const turn of rest) items.push({ type: "turn", turn });
  return items;
}

/** Whether a turn is so long an instruction that it is better opened than scrolled past. */
export function isLongSystem(turn: Turn): boolean {
  return isSystem(turn.message) && characters(turn) > SYSTEM_CHARACTERS_MAX;
}

export function systemLabel(turn: Turn): string {
  return `${turn.message.role} · ${formatCount(characters(turn))} characters`;
}

function isSystem(message: Message): boolean {
  return message.role === "system" || message.role === "developer";
}

function characters(turn: Turn): number {
  return turn.parts.reduce((sum, part) => sum + ("text" in part ? part.text.length : 0), 0);
}
