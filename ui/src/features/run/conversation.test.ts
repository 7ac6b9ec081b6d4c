import { describe, expect, it } from "vitest";
import type { Message, Part } from "../../api/types";
import { conversation, sharedCount, turnsOf, type Item } from "./conversation";

const text = (
  role: string,
  content: string,
  direction: Message["direction"] = "input",
): Message => ({
  role,
  direction,
  parts: [{ type: "text", text: content }],
});
const asks = (
  direction: Message["direction"],
  ...calls: [string | null, string, unknown][]
): Message => ({
  role: "assistant",
  direction,
  parts: calls.map(([id, name, args]) => ({ type: "tool_call", id, name, arguments: args })),
  ...(direction === "output" ? { finish_reason: "tool_calls" } : {}),
});
const answers = (id: string | null, result: unknown): Message => ({
  role: "tool",
  direction: "input",
  parts: [{ type: "tool_call_response", id, result }],
});

const partText = (part: Part) =>
  part.type === "text" ? part.text : part.type === "tool_call" ? `${part.name}()` : part.type;
const show = (item: Item) =>
  item.type === "fold"
    ? `[${item.label}]`
    : `${item.turn.isNew ? "* " : ""}${item.turn.message.role}: ${item.turn.parts.map(partText).join(", ")}${[...item.turn.results.values()].map((part) => ` = ${JSON.stringify(part.result)}`).join("")}`;

const system = text("system", "You are an airline agent.");
const first = [system, text("user", "hi"), text("assistant", "hello", "output")];
const second = [
  system,
  text("user", "hi"),
  text("assistant", "hello"),
  text("user", "cancel my flight"),
  asks("output", ["1", "find", { id: 7 }]),
];
const third = [
  ...second.slice(0, 4),
  asks("input", ["1", "find", '{"id": 7}']),
  answers("1", { found: true }),
  text("assistant", "done", "output"),
];

describe("sharedCount", () => {
  it("counts what the previous call sent and what it answered", () => {
    expect(sharedCount(second, first)).toBe(3);
  });
  it("knows arguments again, as text or as an object", () => {
    expect(sharedCount(third, second)).toBe(5);
  });
  it("shares nothing after a change at the front", () => {
    expect(sharedCount([text("system", "Other."), ...second.slice(1)], first)).toBe(0);
  });
  it("never counts the call's own output", () => {
    expect(sharedCount(first, first)).toBe(2);
  });
});

describe("conversation", () => {
  it.each<[string, Message[], number | null, string[]]>([
    ["nothing", [], null, []],
    [
      "a first call marks nothing",
      first,
      null,
      ["system: You are an airline agent.", "user: hi", "assistant: hello"],
    ],
    [
      "a later call: the old folded, its last in sight",
      second,
      3,
      [
        "[system · 1 message · unchanged since the previous call · 25 characters]",
        "user: hi",
        "assistant: hello",
        "* user: cancel my flight",
        "* assistant: find()",
      ],
    ],
    [
      "a tool's result stands in its call and makes it new",
      third,
      5,
      [
        "[system · 1 message · unchanged since the previous call · 25 characters]",
        "[2 messages as in the previous call]",
        "user: cancel my flight",
        '* assistant: find() = {"found":true}',
        "* assistant: done",
      ],
    ],
    [
      "a long system message is folded at once",
      [text("system", "x".repeat(6155)), text("user", "hi")],
      null,
      ["[system · 1 message · 6,155 characters]", "user: hi"],
    ],
    [
      "only a system message is not folded",
      [text("system", "x".repeat(700))],
      null,
      [`system: ${"x".repeat(700)}`],
    ],
  ])("%s", (_, messages, shared, expected) =>
    expect(conversation(messages, shared).map(show)).toEqual(expected),
  );
});

describe("turnsOf", () => {
  it("gives each of several results to the call with its id", () => {
    const turns = turnsOf(
      [asks("input", ["a", "x", {}], ["b", "y", {}]), answers("b", 2), answers("a", 1)],
      null,
    );
    expect(turns).toHaveLength(1);
    expect([...(turns[0]?.results ?? [])].map(([call, { result }]) => [call.name, result])).toEqual(
      [
        ["y", 2],
        ["x", 1],
      ],
    );
  });
  it("goes by order where there are no ids", () => {
    const [turn] = turnsOf(
      [asks("input", [null, "x", {}], [null, "y", {}]), answers(null, 1)],
      null,
    );
    expect([...(turn?.results ?? [])].map(([call]) => call.name)).toEqual(["x"]);
  });
  it("keeps a result that nobody asked for", () => {
    expect(turnsOf([answers("z", 1)], null)).toHaveLength(1);
  });
  it("keeps an empty message", () => {
    expect(turnsOf([{ role: "assistant", direction: "output", parts: [] }], null)).toHaveLength(1);
  });
});
