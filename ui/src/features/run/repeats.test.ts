import { describe, expect, it } from "vitest";
import { repeatsOf, repeatWords } from "./repeats";
import { rowMarks } from "./rowMarks";
import { span, type SpanCase } from "./testSpans";
import { buildTree, visibleRows } from "./tree";

const root: SpanCase = { id: "root", kind: "agent", to: 10_000 };
/** Below the root, one after the other; `name!` failed. */
const steps = (text: string): SpanCase[] =>
  text.split(" ").map((word, at) => ({
    id: `${at}`,
    parent: "root",
    name: word.replace("!", ""),
    from: at * 10,
    status: word.endsWith("!") ? "failed" : "success",
  }));
const times = (count: number, text: string) => Array.from({ length: count }, () => text).join(" ");
const treeOf = (text: string) => buildTree([root, ...steps(text)].map(span));

describe("repeatsOf", () => {
  it.each([
    [times(4, "a"), []],
    [`${times(4, "a")} b c d`, []],
    [times(5, "a"), ["5 times a"]],
    [times(40, "chat search"), ["40 turns of chat, search"]],
    [times(6, "a b c d"), ["6 turns of a, b, c, d"]],
    [`x ${times(5, "a")} y ${times(7, "b")}`, ["5 times a", "7 times b"]],
    [times(5, "a b c d e"), []],
    [`${times(5, "a")} a! b`, ["6 times a; 1 failed"]],
    ["a b a b", []],
  ])("%s: %j", (text, expected) =>
    expect([...repeatsOf(treeOf(text)).values()].map(repeatWords)).toEqual(expected),
  );

  it("is one row while closed, all of them when open", () => {
    const tree = treeOf(`first ${times(10, "chat search")} last`);
    const rows = (open: boolean) =>
      visibleRows(tree, {
        collapsed: new Set(),
        folded: () => false,
        repeats: repeatsOf(tree),
        isOpenRepeat: () => open,
      }).map(({ index, repeat }) => `${tree.nodes[index]?.span.name}${repeat ? "*" : ""}`);
    expect(rows(false)).toEqual(["root", "first", "chat*", "last"]);
    expect(rows(true)).toHaveLength(23);
    expect(rows(true)[2]).toBe("chat*");
  });

  it("adds up what is counted of all turns, and knows no tokens where nothing said any", () => {
    const turns = steps(times(5, "chat")).map((step, at): SpanCase => ({
      ...step,
      cost: "0.25",
      ...(at < 3 ? { tokens: { input: 100, output: null } } : {}),
      counted: at > 0,
    }));
    const [found] = repeatsOf(buildTree([root, ...turns].map(span))).values();
    expect(found).toMatchObject({ turns: 5, costUsd: 1, tokensIn: 200, tokensOut: null });
  });

  it("holds what is below its turns", () => {
    const inner = steps(times(5, "a")).flatMap((step) => [
      step,
      ...Array.from({ length: 6 }, (_, at) => ({
        id: `${step.id}/${at}`,
        parent: step.id,
        name: "inner",
        from: (step.from ?? 0) + at,
      })),
    ]);
    const tree = buildTree([root, ...inner].map(span));
    const found = [...repeatsOf(tree).values()];
    expect(found.map(repeatWords)).toEqual(["5 times a"]);
    expect(found[0]?.to).toBe(tree.nodes.length);
  });
});

describe("rowMarks", () => {
  const marks = (cases: SpanCase[]) => {
    const tree = buildTree(cases.map(span));
    return Object.fromEntries(
      [...rowMarks(tree)].map(([at, mark]) => [tree.nodes[at]?.span.id, mark]),
    );
  };
  it("counts what ran at once, but not what only touches", () => {
    const tool = (id: string, from: number, to: number): SpanCase => ({
      id,
      parent: "root",
      kind: "tool",
      from,
      to,
    });
    expect(
      marks([
        root,
        tool("a", 0, 100),
        tool("b", 5, 50),
        tool("c", 60, 90),
        tool("d", 99, 200),
        tool("e", 200, 300),
      ]),
    ).toEqual({
      a: { atOnce: { at: 1, of: 3, most: 2 } },
      b: { atOnce: { at: 2, of: 3, most: 2 } },
      c: { atOnce: { at: 3, of: 3, most: 2 } },
    });
  });
  it("counts turns from three on", () => {
    const call = (id: string, from: number): SpanCase => ({
      id,
      parent: "root",
      kind: "llm",
      from,
    });
    expect(marks([root, call("a", 1), call("b", 10)])).toEqual({});
    expect(marks([root, call("a", 1), call("b", 10), call("c", 20)])).toMatchObject({
      b: { turn: { at: 2, of: 3 } },
    });
  });
  it("says what is folded below", () => {
    expect(
      marks([
        root,
        { id: "a", parent: "root", kind: "llm", to: 9 },
        { id: "copy", parent: "a", kind: "llm", duplicateOf: "a", to: 9 },
        { id: "http", parent: "copy", kind: "http", noise: true, to: 9 },
      ]),
    ).toEqual({ a: { copies: 1, plumbing: 1 } });
  });
});
