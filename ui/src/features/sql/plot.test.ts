import { expect, it } from "vitest";
import { numberColumns, plotOf, timePoints } from "./plot";

const columns = (...types: string[]) => types.map((type, at) => ({ name: `c${at}`, type }));

it.each([
  [columns("text", "integer", "number"), undefined, { along: 0, up: 1, kind: "groups" }],
  [columns("text", "integer", "number"), "c2", { along: 0, up: 2, kind: "groups" }],
  [columns("integer", "time"), undefined, { along: 1, up: 0, kind: "time" }],
  [columns("integer", "number"), undefined, { along: 0, up: 1, kind: "groups" }],
  [columns("text", "text"), undefined, null],
  [columns("integer"), undefined, null],
  [[], undefined, null],
])("%j, %s chosen: %j", (given, chosen, expected) =>
  expect(plotOf(given, chosen)).toEqual(expected),
);

it("names what can be drawn upwards", () => {
  expect(numberColumns(columns("integer", "number", "text"), 0)).toEqual(["c1"]);
});

it("puts points into order and leaves out what has no place", () => {
  const plot = { along: 0, up: 1, kind: "time" } as const;
  const rows = [
    ["2026-03-12T02:00:00Z", 2],
    ["2026-03-12T01:00:00Z", 1],
    [null, 3],
    ["2026-03-12T03:00:00Z", null],
  ];
  expect(timePoints(rows, plot).map(({ value }) => value)).toEqual([1, 2]);
});
