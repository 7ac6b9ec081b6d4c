/** The figures of a range over time, ready to be drawn: asked for in the buckets that fit its length. */
import { useQuery, type QueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { failureOf } from "../api/client";
import { someRunsQuery, statsQuery } from "../api/figures";
import type { Stats } from "../api/types";
import { bucketFor } from "../grammar/range";
import type { PageRange } from "../grammar/useRange";
import { stretches, type Frame, type Stretch } from "./timeBars";

export type Bucket = Stats["buckets"][number];

const BARS = 48;
const HOUR_MS = 3_600_000;

export interface OverTime {
  stats: Stats | undefined;
  /** Why there are none. */
  error: Error | null;
  /** 0 until it is. */
  answeredAtMs: number;
  frame: Frame | null;
  stretches: Stretch<Bucket>[];
  /** Such as `30m`. */
  bucket: string;
}

const firstRunQuery = (range: PageRange, agent: string | null) =>
  someRunsQuery(range.asked, { sort: "oldest", limit: 1 }, agent);

/** Asks before the page is there to ask. */
export function prefetchOverTime(
  queryClient: QueryClient,
  range: PageRange,
  agent: string | null = null,
) {
  const { sinceMs, untilMs } = range.now();
  if (sinceMs === null) void queryClient.prefetchQuery(firstRunQuery(range, agent));
  else {
    const bucket = bucketFor(untilMs - sinceMs, BARS);
    void queryClient.prefetchQuery(statsQuery(range.asked, agent, bucket.text));
  }
}

export function useOverTime(range: PageRange, agent: string | null = null): OverTime {
  const { sinceMs, untilMs } = range.now();
  // All time begins with the first run.
  const first = useQuery({ ...firstRunQuery(range, agent), enabled: sinceMs === null });
  const firstRun = first.data?.runs[0];
  const fromMs = sinceMs ?? (firstRun ? Date.parse(firstRun.started_at) : untilMs - HOUR_MS);
  const bucket = bucketFor(untilMs - fromMs, BARS);
  const overTime = useQuery({
    ...statsQuery(range.asked, agent, bucket.text),
    enabled: sinceMs !== null || first.isSuccess,
  });
  const { data, dataUpdatedAt } = overTime;
  const length = untilMs - fromMs;
  const bounded = sinceMs !== null;
  const drawn = useMemo(() => {
    if (!data) return { frame: null, stretches: [] };
    // What the answer covers, not what has passed since.
    const end = Date.parse(data.until ?? new Date(dataUpdatedAt).toISOString());
    const start = bounded && data.since ? Date.parse(data.since) : end - length;
    const frame = { sinceMs: start, untilMs: end, bucketMs: bucket.ms, now: dataUpdatedAt };
    return { frame, stretches: stretches(data.buckets, frame) };
    // oxlint-disable-next-line react/exhaustive-deps -- length moves with the clock; the answer decides
  }, [data, dataUpdatedAt, bucket.ms, bounded]);
  return {
    stats: data,
    error: failureOf(overTime, first),
    answeredAtMs: dataUpdatedAt,
    bucket: bucket.text,
    ...drawn,
  };
}
