import { describe, expect, it } from "vitest";
import { stretches, stretchWords } from "./timeBars";

const HOUR = 3_600_000;
const at = (hours: number) => Date.UTC(2026, 2, 12) + hours * HOUR;
const from = (hours: number) => ({ start: new Date(at(hours)).toISOString() });

describe("stretches", () => {
  it("leaves none out, and marks what the range and the present cut", () => {
    const frame = { sinceMs: at(0.5), untilMs: at(3.25), bucketMs: HOUR, now: at(3.25) };
    const made = stretches([from(1), from(9)], frame);
    expect(made.map(({ startMs, partial, bucket }) => [startMs, partial, bucket !== null])).toEqual(
      [
        [at(0), true, false],
        [at(1), false, true],
        [at(2), false, false],
        [at(3), true, false],
      ],
    );
  });

  it("marks nothing of a range that ends with a whole stretch in the past", () => {
    const frame = { sinceMs: at(0), untilMs: at(2), bucketMs: HOUR, now: at(9) };
    expect(stretches([], frame).map(({ partial }) => partial)).toEqual([false, false]);
  });

  it("is bounded, however long the range", () => {
    const frame = { sinceMs: 0, untilMs: at(0), bucketMs: HOUR, now: at(0) };
    expect(stretches([], frame)).toHaveLength(400);
  });
});

it("says when a stretch was, and that it is not over", () => {
  const frame = { sinceMs: at(0), untilMs: at(1.5), bucketMs: HOUR, now: at(1.5) };
  const [first, last] = stretches([], frame).map((stretch) => stretchWords(stretch, frame));
  expect(first).toMatch(/^today \d\d:\d\d to \d\d:\d\d$/);
  expect(last).toMatch(/\(so far\)$/);
});
