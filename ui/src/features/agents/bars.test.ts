import { expect, it } from "vitest";
import type { Stats } from "../../api/types";
import { sparkBars } from "./bars";

const HOUR = 3_600_000;
const at = (hours: number) => Date.UTC(2026, 2, 12) + hours * HOUR;
const bucket = (hours: number, total_runs: number, failure_count: number) =>
  ({
    start: new Date(at(hours)).toISOString(),
    total_runs,
    failure_count,
    failed_runs: 1,
  }) as Stats["buckets"][number];

it("fills the stretches without runs and drops what lies outside", () => {
  const bars = sparkBars(
    [bucket(-9, 5, 5), bucket(1, 4, 2), bucket(3, 2, 0), bucket(99, 1, 1)],
    at(0),
    at(4),
    HOUR,
    at(4),
  );
  expect(bars.map(({ count, failed }) => [count, failed])).toEqual([
    [0, 0],
    [4, 2],
    [0, 0],
    [2, 1],
  ]);
});

it("begins with the whole bar that the range begins in", () => {
  expect(sparkBars([], at(0.5), at(2.5), HOUR, at(4))).toHaveLength(3);
});
