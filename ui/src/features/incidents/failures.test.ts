import { expect, it } from "vitest";
import { failuresOverTime } from "./failures";

const hour = 3_600_000;
const day = Date.UTC(2026, 2, 14);
const at = (ms: number) => ({ at: new Date(day + ms).toISOString() });

it("counts every failure once, the last one too", () => {
  const runs = [at(0), at(10), at(5 * hour), at(26 * hour)];
  const drawn = failuresOverTime(runs, day + 26 * hour, day + 26 * hour);
  const counts = drawn?.stretches.map(({ bucket }) => bucket?.count ?? 0) ?? [];
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
  expect(counts[0]).toBe(2);
  expect(drawn?.stretches[0]?.partial).toBe(false);
  expect(counts.at(-1)).toBe(1);
});

it("goes on to the present, and is marked as not over", () => {
  const drawn = failuresOverTime([at(0)], day + 10 * hour, day + 10 * hour);
  expect(drawn?.stretches.at(-1)?.endMs).toBeGreaterThan(day + 10 * hour);
  expect(drawn?.stretches.at(-1)?.partial).toBe(true);
});

it("shows one failure with some time around it, and nothing of none", () => {
  const drawn = failuresOverTime([at(0)], day, day + 1);
  expect(drawn && drawn.frame.untilMs - drawn.frame.sinceMs).toBeGreaterThanOrEqual(hour / 2);
  expect(failuresOverTime([], day, day)).toBeNull();
});
