/** The range of a page's address, settled anew at each asking, and the same before it. */
import { useMemo } from "react";
import type { Asked } from "../api/figures";
import { rangeBefore, settledRange, type Range, type RangeSearch } from "./range";

export interface PageRange {
  /** As of now. */
  now: () => Range;
  asked: Asked;
  /** Null of all time. */
  before: Asked | null;
  /** Key of all that depends on the range. */
  key: string;
}

export function usePageRange({ since, until }: RangeSearch, fallback: string): PageRange {
  return useMemo(
    () => pageRange({ ...(since ? { since } : {}), ...(until ? { until } : {}) }, fallback),
    [since, until, fallback],
  );
}

/** Without a component, for what is asked before there is one. */
export function pageRange({ since, until }: RangeSearch, fallback: string): PageRange {
  const search = { ...(since ? { since } : {}), ...(until ? { until } : {}) };
  const now = () => settledRange(search, fallback, Date.now());
  const key = `${since ?? fallback}/${until ?? ""}`;
  const bounded = settledRange(search, fallback, 0).sinceMs !== null;
  return {
    now,
    key,
    asked: { key, range: now },
    before: bounded
      ? { key: `before ${key}`, range: () => rangeBefore(now()) ?? { sinceMs: 0, untilMs: 0 } }
      : null,
  };
}
