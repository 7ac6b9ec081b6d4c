import type { QueryClient } from "@tanstack/react-query";
import { costsQuery, newestCostsQuery, statsQuery } from "../../api/figures";
import type { Costs } from "../../api/types";
import { rangeAround, type RangeSearch } from "../../grammar/range";
import { pageRange } from "../../grammar/useRange";
import { DEFAULT_GROUP, DEFAULT_RANGE, type CostsSearch } from "./search";

/**
 * The range of an address: what it says, else the last week, else the week that ends with the newest run. Undefined
 * until it is known which of the last two.
 */
export function costsRange(
  asked: RangeSearch,
  newest: Pick<Costs, "range" | "since" | "until"> | undefined,
): { range: RangeSearch; newestWeek: boolean } | undefined {
  if (asked.since || asked.until) return { range: asked, newestWeek: false };
  if (!newest) return undefined;
  const { range, since, until } = newest;
  return range === "newest_week" && since && until
    ? { range: rangeAround(since, until), newestWeek: true }
    : { range: {}, newestWeek: false };
}

export function prefetchCosts(queryClient: QueryClient, search: CostsSearch) {
  const { asked, before } = pageRange(search, DEFAULT_RANGE);
  const isAsked = Boolean(search.since || search.until);
  void queryClient.prefetchQuery(isAsked ? costsQuery(asked, "model") : newestCostsQuery);
  for (const by of ["day", search.by ?? DEFAULT_GROUP] as const) {
    void queryClient.prefetchQuery(costsQuery(asked, by));
  }
  void queryClient.prefetchQuery(statsQuery(asked, null));
  if (before) void queryClient.prefetchQuery(statsQuery(before, null));
}
