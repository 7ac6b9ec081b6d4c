/**
 * Whether a difference is more than noise: 95 % intervals of `b` minus `a`. Pure; the same runs give
 * the same interval, as the resampling draws from a seeded generator.
 *
 * Rates: Newcombe's hybrid score interval (R. G. Newcombe, "Interval estimation for the difference
 * between independent proportions", Statistics in Medicine 17, 1998, method 10), which holds for few
 * runs and for rates near 0 and 1. Means and percentiles, whose distribution nobody knows: the
 * percentile bootstrap (B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13).
 */

export interface Interval {
  low: number;
  high: number;
}

/** Of the standard normal distribution, for 95 %. */
const Z = 1.959_963_984_540_054;

/** Wilson's score interval of one rate. */
function wilson(hits: number, runs: number): Interval {
  const rate = hits / runs;
  const z2 = Z * Z;
  const middle = (rate + z2 / (2 * runs)) / (1 + z2 / runs);
  const half =
    (Z / (1 + z2 / runs)) * Math.sqrt((rate * (1 - rate)) / runs + z2 / (4 * runs * runs));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Null where a side has no runs. */
export function rateDifference(
  a: { hits: number; runs: number },
  b: { hits: number; runs: number },
): Interval | null {
  if (a.runs === 0 || b.runs === 0) return null;
  const [rateA, rateB] = [a.hits / a.runs, b.hits / b.runs];
  const [ofA, ofB] = [wilson(a.hits, a.runs), wilson(b.hits, b.runs)];
  const difference = rateB - rateA;
  return {
    low: difference - Math.hypot(rateB - ofB.low, ofA.high - rateA),
    high: difference + Math.hypot(ofB.high - rateB, rateA - ofA.low),
  };
}

/** Of an ascending array; each statistic asks for what it needs only. */
export type Statistic = "mean" | "p95";

const RESAMPLES = 2000;

/** Below these the interval itself would be noise. */
export const RUNS_MIN: Record<Statistic, number> = { mean: 10, p95: 20 };

/** Null where a side has too few runs. */
export function bootstrapDifference(
  a: number[],
  b: number[],
  statistic: Statistic,
): Interval | null {
  if (Math.min(a.length, b.length) < RUNS_MIN[statistic]) return null;
  const random = mulberry32(a.length * 31 + b.length);
  const draw = statistic === "mean" ? drawMean : drawP95;
  const [sortedA, sortedB] = [Float64Array.from(a).toSorted(), Float64Array.from(b).toSorted()];
  const differences = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at += 1) {
    differences[at] = draw(sortedB, random) - draw(sortedA, random);
  }
  differences.sort();
  return {
    low: differences[Math.floor(RESAMPLES * 0.025)] ?? Number.NaN,
    high: differences[Math.ceil(RESAMPLES * 0.975) - 1] ?? Number.NaN,
  };
}

function drawMean(sorted: Float64Array, random: () => number): number {
  let sum = 0;
  for (let at = 0; at < sorted.length; at += 1)
    sum += sorted[Math.floor(random() * sorted.length)] ?? 0;
  return sum / sorted.length;
}

function drawP95(sorted: Float64Array, random: () => number): number {
  // Of ascending values the percentile of a resample is the value at the percentile of its places.
  const places = new Uint32Array(sorted.length);
  for (let at = 0; at < places.length; at += 1) places[at] = Math.floor(random() * sorted.length);
  places.sort();
  return sorted[places[nearestRank(places.length)] ?? 0] ?? 0;
}

/** The place of the 95th percentile, as the server counts it: exact nearest rank. */
function nearestRank(length: number): number {
  return Math.max(0, Math.ceil(length * 0.95) - 1);
}

/** A small generator of numbers in 0..1 (T. Ettinger, public domain): fast, even enough to resample. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Verdict = "more" | "less" | "noise" | "unknown";

/** What an interval says: that `b` has more, less, or that it may be neither. */
export function verdict(interval: Interval | null): Verdict {
  if (interval === null) return "unknown";
  if (interval.low > 0) return "more";
  return interval.high < 0 ? "less" : "noise";
}
