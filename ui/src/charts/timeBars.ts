/**
 * Figures over time as stretches of equal length without gaps between them: those the server has
 * nothing of are there too, and those that the range or the present cuts are marked. Pure.
 */
import { formatClock } from "../grammar/format";

/** What is drawn: when, and how finely. */
export interface Frame {
  sinceMs: number;
  untilMs: number;
  bucketMs: number;
  now: number;
}

export interface Stretch<T> {
  startMs: number;
  endMs: number;
  /** The range begins or ends within it, or it is not over. */
  partial: boolean;
  /** Null where the server has nothing. */
  bucket: T | null;
}

/** More bars than these cannot be told apart. */
const STRETCHES_MAX = 400;

export function stretches<T extends { start: string }>(buckets: T[], frame: Frame): Stretch<T>[] {
  const { sinceMs, untilMs, bucketMs } = frame;
  const first = Math.floor(sinceMs / bucketMs);
  const count = Math.min(STRETCHES_MAX, Math.max(1, Math.ceil(untilMs / bucketMs) - first));
  const byStart = new Map(buckets.map((bucket) => [Date.parse(bucket.start), bucket]));
  return Array.from({ length: count }, (_, at) => {
    const startMs = (first + at) * bucketMs;
    const endMs = startMs + bucketMs;
    return {
      startMs,
      endMs,
      partial: startMs < sinceMs || endMs > Math.min(untilMs, frame.now),
      bucket: byStart.get(startMs) ?? null,
    };
  });
}

/** "12 Mar 14:00 to 14:30", with what cuts it. */
export function stretchWords({ startMs, endMs, partial }: Stretch<unknown>, frame: Frame): string {
  const from = formatClock(new Date(startMs).toISOString(), frame.now).replace(
    /(\d\d:\d\d):00$/,
    "$1",
  );
  const end = new Date(endMs);
  const sameDay = new Date(startMs).toDateString() === end.toDateString();
  const clock = `${String(end.getHours()).padStart(2, "0")}:${String(end.getMinutes()).padStart(2, "0")}`;
  const to = sameDay
    ? clock
    : formatClock(end.toISOString(), frame.now).replace(/(\d\d:\d\d):00$/, "$1");
  const cut = !partial ? "" : endMs > frame.now ? " (so far)" : " (cut by the range)";
  return `${from} to ${to}${cut}`;
}
