import { describe, expect, it } from "vitest";
import { axisTicks, placeBar, timeAt, zoom } from "./timeline";

const window = { fromMs: 1000, toMs: 2000 };

describe("placeBar", () => {
  it.each<[string, number, number, ReturnType<typeof placeBar>]>([
    ["within", 1250, 1750, { left: 0.25, width: 0.5 }],
    ["cut on both sides", 0, 9000, { left: 0, width: 1 }],
    ["before", 0, 999, null],
    ["after", 2001, 3000, null],
    ["a moment", 1500, 1500, { left: 0.5, width: 0 }],
  ])("%s", (_, from, to, bar) => expect(placeBar(from, to, window)).toEqual(bar));

  it("fills a window of no length", () =>
    expect(placeBar(5, 5, { fromMs: 5, toMs: 5 })).toEqual({ left: 0, width: 1 }));
});

describe("axisTicks", () => {
  it.each<[number, number, number, number[]]>([
    [0, 10_000, 5, [0, 2000, 4000, 6000, 8000, 10_000]],
    [0, 22_500, 4, [0, 10_000, 20_000]],
    [0, 0.7, 4, [0, 0.2, 0.4, 0.6000000000000001]],
    [0, 300_000, 5, [0, 60_000, 120_000, 180_000, 240_000, 300_000]],
    [4200, 4900, 3, [4500]],
    [5, 5, 4, []],
  ])("%s to %s in at most %s", (fromMs, toMs, most, ticks) =>
    expect(axisTicks({ fromMs, toMs }, 0, most)).toEqual(ticks),
  );

  it("counts from the run's start, not from 1970", () =>
    expect(axisTicks({ fromMs: 1003, toMs: 1013 }, 1003, 2)).toEqual([0, 5, 10]));
});

describe("zoom", () => {
  const whole = { fromMs: 0, toMs: 1000 };
  it("keeps the moment under the pointer in place", () => {
    const closer = zoom(whole, 250, 0.5, whole);
    expect(closer).toEqual({ fromMs: 125, toMs: 625 });
    expect((250 - closer.fromMs) / (closer.toMs - closer.fromMs)).toBe(0.25);
  });
  it("never leaves the run", () => {
    expect(zoom({ fromMs: 0, toMs: 100 }, 0, 5, whole)).toEqual({ fromMs: 0, toMs: 500 });
    expect(zoom({ fromMs: 900, toMs: 1000 }, 900, 99, whole)).toEqual(whole);
  });
  it("stops before a window of nothing", () => {
    const { fromMs, toMs } = zoom(whole, 500, 1e-12, whole);
    expect(toMs - fromMs).toBeCloseTo(0.01, 9);
  });
});

it("reads the time under the pointer, kept within", () => {
  expect([-1, 0.25, 7].map((share) => timeAt(share, window))).toEqual([1000, 1250, 2000]);
});
