import { expect, it } from "vitest";
import { numberColumns, plotOf, timePoints, withGaps } from "./plot";

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

it("leaves gaps between stretches, and none between moments", () => {
  const HOUR = 3_600_000;
  const line = (times: number[]) =>
    withGaps(times.map((ms) => ({ ms, value: 1 }))).map((point) => point && point.ms);
  expect(line([0, HOUR, 4 * HOUR, 4 * HOUR, 5 * HOUR])).toEqual([
    0,
    HOUR,
    null,
    4 * HOUR,
    4 * HOUR,
    5 * HOUR,
  ]);
  const months = [0, 31, 59, 90].map((day) => day * 24 * HOUR);
  expect(line(months)).toEqual(months);
  expect(line([1, 17, 90_000])).toEqual([1, 17, 90_000]);
  expect(line([HOUR])).toEqual([HOUR]);
  expect(line([])).toEqual([]);
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
