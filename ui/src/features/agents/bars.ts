/** An agent's runs over a range as bars of equal length, those without runs included. Pure. */
import type { Stats } from "../../api/types";
import { formatClock, plural } from "../../grammar/format";
import type { SparkBar } from "../../ui/Sparkline";

export function sparkBars(
  buckets: Stats["buckets"],
  sinceMs: number,
  untilMs: number,
  bucketMs: number,
  now: number,
): SparkBar[] {
  const firstMs = Math.floor(sinceMs / bucketMs) * bucketMs;
  const length = Math.max(1, Math.ceil((untilMs - firstMs) / bucketMs));
  const bars = Array.from({ length }, () => ({ count: 0, failed: 0 }));
  for (const bucket of buckets) {
    const at = Math.floor((Date.parse(bucket.start) - firstMs) / bucketMs);
    const bar = bars[at];
    if (!bar) continue;
    bar.count += bucket.total_runs;
    // Broken or not, no run counts twice.
    bar.failed += Math.max(bucket.failed_runs, bucket.failure_count);
  }
  return bars.map((bar, at) => {
    const start = formatClock(new Date(firstMs + at * bucketMs).toISOString(), now);
    const failed = bar.failed > 0 ? `, ${bar.failed} failed or did not do their job` : "";
    return { ...bar, title: `${start}: ${plural(bar.count, "run")}${failed}` };
  });
}
