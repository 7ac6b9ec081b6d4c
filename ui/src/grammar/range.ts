/** Time ranges as the URL spells them: `24h`, `7d`, or moments in ISO 8601. Pure. */

export interface RangeOption {
  value: string;
  label: string;
}

export const ALL_TIME = "all";

export const RANGES: RangeOption[] = [
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: ALL_TIME, label: "All time" },
];

const HOUR_MS = 3_600_000;
const UNIT_MS: Record<string, number> = { h: HOUR_MS, d: 24 * HOUR_MS };

/** Length of a range like `24h`; null of anything else. */
export function rangeLength(range: string): number | null {
  const found = /^(\d{1,4})([hd])$/.exec(range);
  const unit = UNIT_MS[found?.[2] ?? ""];
  return found && unit ? Number(found[1]) * unit : null;
}

/** When it began, in ISO 8601; undefined of all time. A moment stands for itself. */
export function rangeStart(range: string | undefined, now: number): string | undefined {
  if (!range || range === ALL_TIME) return undefined;
  const length = rangeLength(range);
  if (length !== null) return new Date(now - length).toISOString();
  return Number.isNaN(Date.parse(range)) ? undefined : range;
}

/** "in the last 24 hours", "since 3 Mar 20:14" or nothing. */
export function rangeWords(range: string | undefined): string {
  const option = RANGES.find(({ value }) => value === range);
  if (!option || option.value === ALL_TIME) return "";
  return ` in the ${option.label.toLowerCase()}`;
}

/** Bar length for about `count` bars, round, in the form the API takes. */
export function bucketFor(lengthMs: number, count: number): { text: string; ms: number } {
  const minutes = lengthMs / count / 60_000;
  const steps: [number, string][] = [
    [5, "5m"],
    [15, "15m"],
    [30, "30m"],
    [60, "1h"],
    [180, "3h"],
    [360, "6h"],
    [720, "12h"],
    [1440, "1d"],
    [10_080, "7d"],
  ];
  const [step, text] = steps.find(([size]) => size >= minutes * 0.95) ?? [43_200, "30d"];
  return { text, ms: step * 60_000 };
}
