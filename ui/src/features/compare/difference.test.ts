import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapDifference, rateDifference, verdict } from "./difference";

describe("rateDifference", () => {
  // Table II of Newcombe 1998, method 10; there the difference is the first rate minus the second.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
  ])("%d/%d against %d/%d is what Newcombe printed", (x1, n1, x2, n2, low, high) => {
    const found = rateDifference({ hits: x2, runs: n2 }, { hits: x1, runs: n1 });
    expect(found?.low).toBeCloseTo(low, 4);
    expect(found?.high).toBeCloseTo(high, 4);
  });

  it("holds the difference seen, and turns over with its sides", () => {
    const side = fc
      .integer({ min: 1, max: 500 })
      .chain((runs) =>
        fc.record({ runs: fc.constant(runs), hits: fc.integer({ min: 0, max: runs }) }),
      );
    fc.assert(
      fc.property(side, side, (a, b) => {
        const [there, back] = [rateDifference(a, b), rateDifference(b, a)];
        const seen = b.hits / b.runs - a.hits / a.runs;
        expect(there!.low).toBeLessThanOrEqual(seen + 1e-12);
        expect(there!.high).toBeGreaterThanOrEqual(seen - 1e-12);
        expect(back!.low).toBeCloseTo(-there!.high, 10);
      }),
    );
  });

  it("says nothing of a side without runs", () => {
    expect(rateDifference({ hits: 0, runs: 0 }, { hits: 1, runs: 2 })).toBeNull();
  });
});

describe("bootstrapDifference", () => {
  /** Even spread between two ends. */
  const spread = (count: number, from: number, to: number) =>
    Array.from({ length: count }, (_, at) => from + ((to - from) * at) / (count - 1));

  it("gives the interval of means that theory gives", () => {
    // 400 values even on 0..100: the standard error of a mean is 100/sqrt(12)/20 = 1.443, of a
    // difference 2.041, and 95 % are 1.96 of these to each side of 10.
    const found = bootstrapDifference(spread(400, 0, 100), spread(400, 10, 110), "mean");
    expect(found!.low).toBeGreaterThan(10 - 4 * 1.25);
    expect(found!.low).toBeLessThan(10 - 4 * 0.8);
    expect(found!.high).toBeGreaterThan(10 + 4 * 0.8);
    expect(found!.high).toBeLessThan(10 + 4 * 1.25);
  });

  it.each([
    ["mean", spread(200, 100, 200), spread(200, 180, 280), "more"],
    ["mean", spread(200, 180, 280), spread(200, 100, 200), "less"],
    ["mean", spread(30, 100, 200), spread(30, 101, 202), "noise"],
    ["mean", spread(9, 0, 1), spread(900, 0, 1), "unknown"],
    ["p95", spread(200, 0, 100), spread(200, 0, 300), "more"],
    ["p95", spread(200, 0, 100), spread(200, 0, 101), "noise"],
    ["p95", spread(19, 0, 100), spread(200, 0, 101), "unknown"],
  ] as const)("%s, case %#: %4$s", (statistic, a, b, expected) => {
    expect(verdict(bootstrapDifference(a, b, statistic))).toBe(expected);
  });

  it("gives the same twice", () => {
    const [a, b] = [spread(50, 0, 9), spread(60, 2, 12)];
    expect(bootstrapDifference(a, b, "p95")).toEqual(bootstrapDifference(a, b, "p95"));
  });
});
