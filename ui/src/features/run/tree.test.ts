import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { span, type SpanCase } from "./testSpans";
import { buildTree, firstFailing, visibleRows, type RowsWanted, type SpanTree } from "./tree";

const shape = (tree: SpanTree) =>
  tree.nodes.map(
    (node) => `${"  ".repeat(node.depth)}${node.span.id}${node.issue ? ` (${node.issue})` : ""}`,
  );

const rows = (tree: SpanTree, wanted: Partial<RowsWanted> = {}) =>
  visibleRows(tree, { collapsed: new Set(), folded: () => false, ...wanted }).map(
    (row) =>
      `${"  ".repeat(row.depth)}${tree.nodes[row.index]?.span.id}${row.openable ? (row.open ? " -" : " +") : ""}`,
  );

describe("buildTree", () => {
  it.each<[string, SpanCase[], string[]]>([
    ["nothing", [], []],
    [
      "orders children by start, the longer first",
      [
        { id: "c", parent: "a", from: 5 },
        { id: "b", parent: "a", from: 2, to: 3 },
        { id: "d", parent: "a", from: 2, to: 9 },
        { id: "a", from: 0, to: 10 },
      ],
      ["a", "  d", "  b", "  c"],
    ],
    [
      "puts a span whose parent is missing at the top, with its children",
      [{ id: "a" }, { id: "x", parent: "gone", from: 1 }, { id: "y", parent: "x", from: 2 }],
      ["a", "x (parent missing)", "  y"],
    ],
    [
      "opens a circle at its earliest span",
      [
        { id: "a", parent: "c", from: 2 },
        { id: "b", parent: "a", from: 3 },
        { id: "c", parent: "b", from: 1 },
        { id: "leaf", parent: "b", from: 9 },
      ],
      ["c (circle)", "  a", "    b", "      leaf"],
    ],
    ["a span that is its own parent", [{ id: "a", parent: "a" }], ["a (circle)"]],
    [
      "the later of two with one id",
      [
        { id: "a", name: "old" },
        { id: "a", name: "new", from: 4 },
      ],
      ["a"],
    ],
  ])("%s", (_, cases, expected) => expect(shape(buildTree(cases.map(span)))).toEqual(expected));

  it("lets a running span reach to the run's last moment", () => {
    const tree = buildTree([
      span({ id: "a", to: null }),
      span({ id: "b", parent: "a", from: 3, to: 8 }),
    ]);
    expect(tree.nodes[0]?.endMs).toBe(tree.endMs);
    expect(tree.endMs - tree.startMs).toBe(8);
  });

  it("sums the cost of what is below, copies left out", () => {
    const { nodes } = buildTree(
      [
        { id: "a" },
        { id: "b", parent: "a", from: 1, cost: "0.5" },
        { id: "c", parent: "b", from: 2, cost: "0.25" },
        { id: "copy", parent: "b", from: 3, cost: "0.25", duplicateOf: "c" },
      ].map(span),
    );
    expect(nodes.map((node) => node.costBelow)).toEqual([0.75, 0.25, 0, 0]);
  });

  it("goes 50,000 deep", () => {
    const spans = Array.from({ length: 50_000 }, (_, n) =>
      span({ id: `s${n}`, parent: n === 0 ? null : `s${n - 1}`, from: n }),
    );
    const tree = buildTree(spans);
    expect(tree.nodes.at(-1)?.depth).toBe(49_999);
    expect(tree.nodes[0]?.end).toBe(50_000);
  });

  it("never loses or doubles a span, whatever the parents", () => {
    const anySpans = fc.array(
      fc.record({
        id: fc.integer({ min: 0, max: 15 }),
        parent: fc.option(fc.integer({ min: 0, max: 18 })),
        from: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(anySpans, (given) => {
        const spans = given.map(({ id, parent, from }) =>
          span({ id: `${id}`, parent: parent === null ? null : `${parent}`, from }),
        );
        const { nodes } = buildTree(spans);
        const ids = nodes.map((node) => node.span.id);
        expect(ids.toSorted()).toEqual([...new Set(spans.map(({ id }) => id))].toSorted());
        nodes.forEach((node, at) => {
          expect(node.parent).toBeLessThan(at);
          expect(node.end).toBeGreaterThan(at);
          const parent = nodes[node.parent];
          if (parent) {
            expect(node.span.parent_id).toBe(parent.span.id);
            expect(node.depth).toBe(parent.depth + 1);
            expect(node.end).toBeLessThanOrEqual(parent.end);
          }
        });
      }),
    );
  });
});

describe("visibleRows", () => {
  const tree = buildTree(
    [
      { id: "agent", to: 20 },
      { id: "wrap", parent: "agent", from: 1, to: 10, duplicateOf: "call" },
      { id: "call", parent: "wrap", from: 2, to: 9, kind: "llm" },
      { id: "http", parent: "call", from: 3, to: 8 },
      { id: "tool", parent: "agent", from: 11, to: 12, kind: "tool" },
    ].map(span),
  );

  it("shows all, open", () =>
    expect(rows(tree)).toEqual(["agent -", "  wrap -", "    call -", "      http", "  tool"]));

  it("jumps over what is collapsed", () =>
    expect(rows(tree, { collapsed: new Set(["wrap"]) })).toEqual([
      "agent -",
      "  wrap +",
      "  tool",
    ]));

  it("moves up what is below a folded span", () =>
    expect(rows(tree, { folded: (node) => node.span.duplicate_of !== null })).toEqual([
      "agent -",
      "  call -",
      "    http",
      "  tool",
    ]));

  it("does not offer to open what holds only folded spans", () =>
    expect(rows(tree, { folded: (node) => node.span.id === "http" })).toEqual([
      "agent -",
      "  wrap -",
      "    call",
      "  tool",
    ]));

  it("keeps what was searched and what leads to it, opened", () =>
    expect(
      rows(tree, { collapsed: new Set(["wrap"]), matches: (node) => node.span.id === "call" }),
    ).toEqual(["agent -", "  wrap -", "    call"]));

  it("finds nothing", () => expect(rows(tree, { matches: () => false })).toEqual([]));
});

describe("firstFailing", () => {
  it.each<[string, SpanCase[], string | undefined]>([
    ["none", [{ id: "a" }], undefined],
    [
      "the deepest of a failure that went up",
      [
        { id: "a", status: "failed" },
        { id: "b", parent: "a", status: "failed", from: 1 },
        { id: "c", parent: "b", status: "failed", from: 2 },
      ],
      "c",
    ],
    [
      "not the tool that the agent survived",
      [
        { id: "a", status: "failed" },
        { id: "loop", parent: "a", from: 1 },
        { id: "survived", parent: "loop", status: "failed", from: 2 },
        { id: "fatal", parent: "a", status: "failed", from: 5 },
      ],
      "fatal",
    ],
    [
      "the earliest of several",
      [
        { id: "a", status: "failed" },
        { id: "late", parent: "a", status: "failed", from: 5 },
        { id: "early", parent: "a", status: "timeout", from: 2 },
      ],
      "early",
    ],
    [
      "a survived one when there is no other",
      [{ id: "a" }, { id: "b", parent: "a", status: "failed", from: 1 }],
      "b",
    ],
  ])("%s", (_, cases, expected) => {
    const tree = buildTree(cases.map(span));
    expect(tree.nodes[firstFailing(tree)]?.span.id).toBe(expected);
  });
});
