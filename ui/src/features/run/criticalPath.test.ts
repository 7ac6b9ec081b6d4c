import { describe, expect, it } from "vitest";
import { criticalMarks, criticalPath } from "./criticalPath";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

describe("criticalPath", () => {
  it.each<[string, SpanCase[], string[]]>([
    ["nothing", [], []],
    [
      "a chain of steps is all of it",
      [
        { id: "a", to: 10 },
        { id: "b", parent: "a", from: 0, to: 4 },
        { id: "c", parent: "a", from: 5, to: 9 },
      ],
      ["a", "b", "c"],
    ],
    [
      "of parallel steps the last to end",
      [
        { id: "a", to: 10 },
        { id: "short", parent: "a", from: 1, to: 5 },
        { id: "long", parent: "a", from: 1, to: 9 },
        { id: "before", parent: "a", from: 0, to: 1 },
      ],
      ["a", "before", "long"],
    ],
    [
      "what goes on after its parent counts up to the parent's end",
      [
        { id: "a", to: 10 },
        { id: "detached", parent: "a", from: 2, to: 30 },
        { id: "inner", parent: "detached", from: 20, to: 30 },
        { id: "work", parent: "detached", from: 3, to: 8 },
        { id: "end", parent: "a", from: 9, to: 10 },
      ],
      ["a", "detached", "work"],
    ],
    [
      "point events are never on it",
      [
        { id: "a", to: 10 },
        { id: "note", parent: "a", kind: "log", from: 9, to: 9 },
      ],
      ["a"],
    ],
    [
      "nor are a copy of the span that holds it, or its plumbing",
      [
        { id: "a", kind: "llm", to: 10 },
        { id: "copy", parent: "a", kind: "llm", from: 1, to: 9, duplicateOf: "a" },
        { id: "post", parent: "a", kind: "http", noise: true, from: 1, to: 9 },
      ],
      ["a"],
    ],
    [
      "what was still going when the last step began was not waited for",
      [
        { id: "a", to: 10 },
        { id: "going", parent: "a", from: 1, to: 6 },
        { id: "last", parent: "a", from: 5, to: 10 },
        { id: "first", parent: "a", from: 0, to: 5 },
      ],
      ["a", "first", "last"],
    ],
    [
      "several topmost spans",
      [
        { id: "a", to: 4 },
        { id: "b", from: 5, to: 9 },
        { id: "beside", from: 5, to: 6 },
      ],
      ["a", "b"],
    ],
  ])("%s", (_, cases, expected) => {
    const tree = buildTree(cases.map(span));
    const path = [...criticalPath(tree)].map((at) => tree.nodes[at]?.span.id);
    expect(path.toSorted()).toEqual(expected.toSorted());
  });
});

describe("criticalMarks", () => {
  const marked = (...cases: SpanCase[]) => {
    const tree = buildTree(cases.map(span));
    return [...criticalMarks(tree)].map((at) => tree.nodes[at]?.span.id);
  };
  it("marks the innermost, not what holds them", () => {
    expect(
      marked(
        { id: "a", to: 10 },
        { id: "b", parent: "a", from: 0, to: 9 },
        { id: "c", parent: "b", from: 1, to: 9 },
        { id: "beside", parent: "a", from: 1, to: 3 },
      ),
    ).toEqual(["c"]);
  });
  it("marks nothing where every step is waited for", () => {
    expect(
      marked(
        { id: "a", to: 10 },
        { id: "b", parent: "a", from: 0, to: 4 },
        { id: "c", parent: "a", from: 5, to: 9 },
        { id: "note", parent: "a", kind: "log", from: 6, to: 6 },
      ),
    ).toEqual([]);
  });
});
