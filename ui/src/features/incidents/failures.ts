/** When the runs of an incident failed, counted in stretches of time. Pure. */
import { stretches, type Frame, type Stretch } from "../../charts/timeBars";
import { parseTime } from "../../grammar/format";
import { bucketFor } from "../../grammar/range";

const BARS = 48;
/** A failure alone is shown with this much around it. */
const SPAN_MIN_MS = 30 * 60_000;

export interface FailureBucket {
  start: string;
  count: number;
}

export interface FailuresDrawn {
  frame: Frame;
  stretches: Stretch<FailureBucket>[];
  /** Such as `30m`. */
  bucket: string;
}

/** `runs` of any order; drawn until `untilMs`, the present or the end of the incident. */
export function failuresOverTime(
  runs: { at: string }[],
  untilMs: number,
  now: number,
): FailuresDrawn | null {
  if (runs.length === 0) return null;
  const times = runs.map(({ at }) => parseTime(at));
  const lastMs = Math.max(untilMs, ...times);
  const firstMs = Math.min(Math.min(...times), lastMs - SPAN_MIN_MS);
  const bucket = bucketFor(lastMs - firstMs, BARS);
  // Nothing was cut off before the first failure.
  const sinceMs = Math.floor(firstMs / bucket.ms) * bucket.ms;
  const counts = new Map<number, number>();
  for (const time of times) {
    const start = Math.floor(time / bucket.ms) * bucket.ms;
    counts.set(start, (counts.get(start) ?? 0) + 1);
  }
  const buckets = [...counts].map(([start, count]) => ({
    start: new Date(start).toISOString(),
    count,
  }));
  // The end is exclusive: the last failure belongs in it.
  const frame = { sinceMs, untilMs: lastMs + 1, bucketMs: bucket.ms, now };
  return { frame, stretches: stretches(buckets, frame), bucket: bucket.text };
}
