/** Two sets of values in the same bins, as shares, so that sets of unequal size compare. Pure. */

export interface Histogram {
  /** Bins are between neighbours; the last one takes all that is above. */
  edges: number[];
  a: number[];
  b: number[];
  /** Some value lies above the last edge. */
  hasMore: boolean;
}

const BINS = 24;
/** Rare far values would press all others into one bin. */
const SHOWN = 0.99;

/** From zero to the value that 99 of 100 stay below. */
export function histogram(a: number[], b: number[], bins = BINS): Histogram | null {
  const all = [...a, ...b].toSorted((x, y) => x - y);
  const top = all[Math.max(0, Math.ceil(all.length * SHOWN) - 1)];
  if (top === undefined) return null;
  const width = (top > 0 ? top : 1) / bins;
  const shares = (values: number[]) => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) {
      const at = Math.min(bins - 1, Math.floor(value / width));
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return counts.map((count) => (values.length === 0 ? 0 : count / values.length));
  };
  return {
    edges: Array.from({ length: bins + 1 }, (_, at) => at * width),
    a: shares(a),
    b: shares(b),
    hasMore: (all.at(-1) ?? 0) > top,
  };
}
