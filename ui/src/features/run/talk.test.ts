import { describe, expect, it } from "vitest";
import type { Message, Part } from "../../api/types";
import { addedTurns, talkOf } from "./talk";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

function talk(cases: SpanCase[]): string[] {
  const tree = buildTree(cases.map(span));
  const id = (at: number) => tree.nodes[at]?.span.id ?? "none";
  return talkOf(tree).map((item) => {
    const indent = " ".repeat(item.depth);
    if (item.type === "agent") return `${indent}[${item.agent}${item.how ? `, ${item.how}` : ""}]`;
    if (item.type === "step") return `${indent}${id(item.index)}`;
    return `${indent}${id(item.index)} after ${id(item.previous)} before ${id(item.next)} used ${item.tools.map(id).join("+") || "nothing"}`;
  });
}

it.each<[string, SpanCase[], string[]]>([
  [
    "an agent that asks another through a tool",
    [
      { id: "boss", kind: "agent", agent: "boss", to: 100 },
      { id: "1", parent: "boss", kind: "llm", from: 1 },
      { id: "ask", parent: "boss", kind: "tool", tool: "ask_weather", from: 3, to: 20 },
      { id: "sub", parent: "ask", kind: "agent", agent: "weather", from: 4, to: 19 },
      { id: "2", parent: "sub", kind: "llm", from: 5 },
      { id: "get", parent: "sub", kind: "tool", tool: "get", from: 7 },
      { id: "3", parent: "sub", kind: "llm", from: 9 },
      { id: "4", parent: "boss", kind: "llm", from: 30 },
    ],
    [
      "[boss]",
      "1 after none before 4 used ask",
      " [weather, asked through ask_weather]",
      " 2 after none before 3 used get",
      " 3 after 2 before none used nothing",
      "[boss]",
      "4 after 1 before none used nothing",
    ],
  ],
  [
    "a hand-off",
    [
      { id: "a", kind: "agent", agent: "triage", to: 10 },
      { id: "1", parent: "a", kind: "llm", from: 1 },
      { id: "off", parent: "a", kind: "tool", tool: "transfer_to_billing", from: 5 },
      { id: "b", kind: "agent", agent: "billing", from: 11, to: 20 },
      { id: "2", parent: "b", kind: "llm", from: 12 },
    ],
    [
      "[triage]",
      "1 after none before none used off",
      "[billing, handed over by triage]",
      "2 after none before none used nothing",
    ],
  ],
  [
    "the inner of two layers, no copies, and tools that nobody asked for",
    [
      { id: "pre", kind: "retriever", from: 0 },
      { id: "outer", kind: "llm", from: 2, to: 9 },
      { id: "inner", parent: "outer", kind: "llm", from: 3, to: 8 },
      { id: "copy", parent: "outer", kind: "llm", from: 3, duplicateOf: "inner" },
      { id: "lone", kind: "tool", tool: "x", from: 20 },
    ],
    ["pre", "inner after none before none used lone"],
  ],
])("%s", (_, cases, expected) => expect(talk(cases)).toEqual(expected));

describe("addedTurns", () => {
  const say = (role: string, text: string, direction: Message["direction"] = "input"): Message => ({
    role,
    direction,
    parts: [{ type: "text", text }],
  });
  const ask = (direction: Message["direction"]): Message => ({
    role: "assistant",
    direction,
    parts: [{ type: "tool_call", id: "c", name: "find", arguments: {} }],
  });
  const answer: Message = {
    role: "tool",
    direction: "input",
    parts: [{ type: "tool_call_response", id: "c", result: "found" }],
  };
  const first = [say("user", "hi"), ask("output")];
  const second = [say("user", "hi"), ask("input"), answer, say("assistant", "done", "output")];
  const word = (part: Part) => (part.type === "text" ? part.text : part.type);
  const words = (own: Message[], before: Message[] | null, after: Message[] | null) =>
    addedTurns(own, before, after).map(
      ({ parts, results }) =>
        parts.map(word).join() +
        [...results.values()].map(({ result }) => ` = ${String(result)}`).join(""),
    );

  it.each<[string, Message[], Message[] | null, Message[] | null, string[]]>([
    [
      "the first call is all new, its result taken from the call after",
      first,
      null,
      second,
      ["hi", "tool_call = found"],
    ],
    ["of the second only what it answered is", second, first, null, ["done"]],
    [
      "another conversation is new as a whole",
      second,
      [say("user", "other")],
      null,
      ["hi", "tool_call = found", "done"],
    ],
    ["without a call after, the result is open", first, null, null, ["hi", "tool_call"]],
  ])("%s", (_, own, before, after, expected) =>
    expect(words(own, before, after)).toEqual(expected),
  );
});
