import { expect, it } from "vitest";
import { foldedWords, isFoldable } from "./folding";
import { span } from "./testSpans";
import { buildTree } from "./tree";

const tree = (...cases: Parameters<typeof span>[0][]) => buildTree(cases.map(span));

it("folds copies and plumbing, but nothing that failed and nothing that is neither", () => {
  const { nodes } = tree(
    { id: "a", kind: "llm" },
    { id: "b", kind: "llm", duplicateOf: "a", from: 1 },
    { id: "c", kind: "http", noise: true, from: 2 },
    { id: "d", kind: "http", noise: true, status: "failed", from: 3 },
  );
  expect(nodes.filter(isFoldable).map((node) => node.span.id)).toEqual(["b", "c"]);
});

it.each([
  ["nothing to fold", tree({ id: "a" }), null],
  ["a run of plumbing only is shown", tree({ id: "a", kind: "http", noise: true }), null],
  [
    "both",
    tree(
      { id: "a" },
      { id: "b", duplicateOf: "a" },
      { id: "c", kind: "db", noise: true },
      { id: "d", kind: "http", noise: true },
    ),
    "1 duplicate, 2 plumbing spans",
  ],
])("%s", (_, given, words) => expect(foldedWords(given)).toBe(words));
