import { describe, expect, it } from "vitest";
import { previousCalls, toolSpans } from "./calls";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

const tree = buildTree(
  (
    [
      { id: "agent", to: 100 },
      { id: "one", parent: "agent", kind: "llm", agent: "a", from: 0, to: 10 },
      { id: "copy", parent: "agent", kind: "llm", agent: "a", from: 5, to: 10, duplicateOf: "one" },
      { id: "search 1", parent: "agent", kind: "tool", tool: "search", from: 11, to: 12 },
      { id: "search 2", parent: "agent", kind: "tool", tool: "search", from: 13, to: 14 },
      { id: "sub", parent: "agent", kind: "agent", agent: "b", from: 15, to: 40 },
      { id: "sub call", parent: "sub", kind: "llm", agent: "b", from: 16, to: 20 },
      { id: "policy", parent: "agent", kind: "retriever", name: "policy", from: 41, to: 42 },
      { id: "elsewhere", parent: "sub", kind: "llm", agent: "a", from: 22, to: 23 },
      { id: "two", parent: "agent", kind: "llm", agent: "a", from: 50, to: 60 },
      { id: "search 3", parent: "agent", kind: "tool", name: "search", from: 61, to: 62 },
      { id: "sub call 2", kind: "llm", agent: "b", from: 70, to: 80 },
    ] satisfies SpanCase[]
  ).map(span),
);
const at = (id: string) => tree.indexById.get(id) ?? -1;
const name = (index: number) => tree.nodes[index]?.span.id ?? null;

describe("previousCalls", () => {
  it.each([
    ["one", null],
    ["two", "one"],
    ["sub call", null],
    ["sub call 2", "sub call"],
    ["search 1", null],
  ])("before %s: %s", (id, expected) =>
    expect(name(previousCalls(tree)[at(id)] ?? -1)).toBe(expected),
  );
});

describe("toolSpans", () => {
  it.each<[string, string[], (string | null)[]]>([
    ["one", ["search", "search"], ["search 1", "search 2"]],
    ["one", ["search", "search", "search"], ["search 1", "search 2", null]],
    ["one", ["refund", "search"], [null, "search 1"]],
    ["one", ["policy"], ["policy"]],
    ["two", ["search"], ["search 3"]],
    ["one", [], []],
  ])("%s asked for %j", (id, names, expected) =>
    expect(
      toolSpans(
        tree,
        at(id),
        names.map((tool) => ({ id: null, name: tool })),
      ).map(name),
    ).toEqual(expected),
  );

  it("goes by the call's id where there is one", () => {
    const withIds = buildTree(
      [
        { id: "call", kind: "llm", to: 10 },
        { id: "first", kind: "tool", tool: "search", callId: "b", from: 11 },
        { id: "second", kind: "tool", tool: "search", callId: "a", from: 12 },
        { id: "unnamed", kind: "tool", tool: "search", from: 13 },
      ].map(span),
    );
    const found = toolSpans(withIds, 0, [
      { id: "a", name: "search" },
      { id: "b", name: "search" },
      { id: "c", name: "search" },
    ]);
    expect(found.map((index) => withIds.nodes[index]?.span.id)).toEqual([
      "second",
      "first",
      "unnamed",
    ]);
  });
});
