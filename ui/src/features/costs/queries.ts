import type { QueryClient } from "@tanstack/react-query";
import { costsQuery, statsQuery } from "../../api/figures";
import { pageRange } from "../../grammar/useRange";
import { DEFAULT_GROUP, DEFAULT_RANGE, type CostsSearch } from "./search";

export function prefetchCosts(queryClient: QueryClient, search: CostsSearch) {
  const { asked, before } = pageRange(search, DEFAULT_RANGE);
  for (const by of ["model", "day", search.by ?? DEFAULT_GROUP] as const) {
    void queryClient.prefetchQuery(costsQuery(asked, by));
  }
  void queryClient.prefetchQuery(statsQuery(asked, null));
  if (before) void queryClient.prefetchQuery(statsQuery(before, null));
}
