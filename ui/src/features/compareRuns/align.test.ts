import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { span, type SpanCase } from "../run/testSpans";
import { buildTree } from "../run/tree";
import type { Span } from "../../api/types";
import { align, differences, stepsOf, type Preview, type Step } from "./align";

/** A row of tools, `name` or `name=input`. */
const row = (text: string): Step[] =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word) => {
      const [tool = "", input = null] = word.split("=");
      return step({ tool }, { input, output: null });
    });

const step = (given: Partial<Span>, preview: Preview): Step => ({
  span: { ...span({ id: "1", kind: "tool" }), ...given },
  depth: 1,
  key: `tool ${given.tool}`,
  preview,
});

const show = (a: string, b: string) => {
  const [left, right] = [row(a), row(b)];
  return align(left, right)
    .map(({ a: i, b: j }) =>
      i === -1
        ? `+${right[j]?.span.tool}`
        : j === -1
          ? `-${left[i]?.span.tool}`
          : left[i]?.span.tool,
    )
    .join(" ");
};

it.each([
  ["", "", ""],
  ["a b c", "a b c", "a b c"],
  ["a b c", "a c", "a -b c"],
  ["a c", "a b c", "a +b c"],
  ["a b c", "a x c", "a -b +x c"],
  ["a", "b", "-a +b"],
  ["a a a", "a", "a -a -a"],
  ["a=1 a=2 a=3", "a=2", "-a a -a"],
  ["x a b c d", "a b c d y", "-x a b c d +y"],
])("%s beside %s: %s", (a, b, expected) => expect(show(a, b)).toBe(expected));

it("keeps every step, in order, and pairs only what can be the same", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c", "a=1", "b=2"), { maxLength: 15 });
  fc.assert(
    fc.property(words, words, (left, right) => {
      const [a, b] = [row(left.join(" ")), row(right.join(" "))];
      const pairs = align(a, b);
      expect(pairs.flatMap((pair) => (pair.a === -1 ? [] : [pair.a]))).toEqual(
        a.map((_, at) => at),
      );
      expect(pairs.flatMap((pair) => (pair.b === -1 ? [] : [pair.b]))).toEqual(
        b.map((_, at) => at),
      );
      for (const pair of pairs) {
        if (pair.a !== -1 && pair.b !== -1) expect(a[pair.a]?.key).toBe(b[pair.b]?.key);
      }
      // As many in common one way as the other.
      const common = (found: typeof pairs) =>
        found.filter((pair) => pair.a !== -1 && pair.b !== -1).length;
      expect(common(align(b, a))).toBe(common(pairs));
    }),
  );
});

describe("stepsOf", () => {
  it("leaves out copies, plumbing and moments, and knows a call by its agent, not its model", () => {
    const tree = (model: string) =>
      buildTree([
        span({ id: "root", kind: "agent", agent: "a", name: model, to: 100 }),
        {
          ...span({ id: "1", parent: "root", kind: "llm", name: `chat ${model}`, from: 1 }),
          model,
        },
        span({
          id: "2",
          parent: "root",
          kind: "llm",
          from: 1,
          duplicateOf: "1",
        } satisfies SpanCase),
        span({ id: "3", parent: "root", kind: "log", from: 2 }),
        span({ id: "4", parent: "root", kind: "http", noise: true, from: 3 }),
      ]);
    expect(stepsOf(tree("x"), new Map()).map(({ key }) => key)).toEqual(["top agent", "llm a"]);
    expect(stepsOf(tree("y"), new Map()).map(({ key }) => key)).toEqual(["top agent", "llm a"]);
  });
});

it.each<[Partial<Span>, Partial<Preview>, Partial<Span>, Partial<Preview>, string[]]>([
  [{}, {}, {}, {}, []],
  [{}, { input: "a" }, {}, { input: "b" }, ["input"]],
  [{}, { output: "a" }, {}, {}, ["output"]],
  [{ model: "x" }, {}, { model: "y" }, {}, ["model"]],
  [{}, {}, { status: "failed" }, {}, ["failed in B"]],
])("%j %j and %j %j differ in %j", (a, previewA, b, previewB, expected) => {
  const whole = { input: null, output: null };
  expect(
    differences(step(a, { ...whole, ...previewA }), step(b, { ...whole, ...previewB })),
  ).toEqual(expected);
});
