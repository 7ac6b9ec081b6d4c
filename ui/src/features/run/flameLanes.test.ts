import fc from "fast-check";
import { expect, it } from "vitest";
import { flameLanes } from "./flameLanes";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

const lanesOf = (cases: SpanCase[]) => {
  const tree = buildTree(cases.map(span));
  const { lanes } = flameLanes(tree);
  return Object.fromEntries(tree.nodes.map((node, at) => [node.span.id, lanes[at]]));
};

it("puts children below, and what ran at the same time one under the other", () => {
  expect(
    lanesOf([
      { id: "root", to: 100 },
      { id: "a", parent: "root", from: 0, to: 10 },
      { id: "in a", parent: "a", from: 1, to: 9 },
      { id: "b", parent: "root", from: 5, to: 15 },
      { id: "c", parent: "root", from: 20, to: 30 },
    ]),
  ).toEqual({ root: 0, a: 1, "in a": 2, b: 3, c: 1 });
});

it("never lets two spans of one line overlap, nor a child stand above its parent", () => {
  const spans = fc.array(fc.record({ parent: fc.nat(30), from: fc.nat(50), length: fc.nat(20) }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(spans, (given) => {
      const tree = buildTree(
        given.map(({ parent, from, length }, at) =>
          span({
            id: String(at),
            parent: parent < at ? String(parent) : null,
            from,
            to: from + length,
          }),
        ),
      );
      const { lanes, count } = flameLanes(tree);
      tree.nodes.forEach((a, i) => {
        expect(lanes[i]).toBeLessThan(count);
        if (a.parent !== -1) expect(lanes[i]).toBeGreaterThan(lanes[a.parent] ?? -1);
        tree.nodes.forEach((b, j) => {
          if (i < j && lanes[i] === lanes[j]) {
            expect(a.endMs <= b.startMs || b.endMs <= a.startMs).toBe(true);
          }
        });
      });
    }),
  );
});
