import { expect, it } from "vitest";
import { askedParts, questionsOf, verdicts, type PartCounts } from "./nothing";

const search = { agent: "a", model: "m", q: "x", since: "24h", sort: "dearest" };

it("names everything that narrows, but not the order", () => {
  expect(askedParts(search).map(({ param }) => param)).toEqual(["agent", "model", "q", "since"]);
});

it("asks for the others without the part, and for the part alone", () => {
  const [agent] = askedParts(search);
  expect(agent && questionsOf(search, agent)).toEqual({
    others: { model: "m", q: "x", since: "24h" },
    alone: { agent: "a" },
  });
});

const counted = (others: number, alone: number): PartCounts => ({
  part: { param: "agent", label: "Agent", value: `${others}/${alone}` },
  others,
  alone,
});

it.each<[PartCounts[], string[]]>([
  [[counted(3, 5), counted(0, 2)], ["excludes"]],
  [
    [counted(3, 0), counted(0, 2)],
    ["absent", "excludes"],
  ],
  [[counted(0, 1), counted(0, 2)], ["together"]],
  [[counted(0, 0), counted(0, 2)], ["absent"]],
])("%j: %j", (counts, expected) =>
  expect(verdicts(counts).map(({ type }) => type)).toEqual(expected),
);
