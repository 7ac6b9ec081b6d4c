/** The questions behind the list of runs: its pages, and the counts of what it can be narrowed to. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Facets, RunPage } from "../../api/types";
import { facetsQuery, runsQuery, type RunsSearch } from "./search";
import { keptRows } from "./usePlace";

export const PAGE_SIZE = 100;
const PAGE_SIZE_MAX = 1000;

/** `now` is one clock for all pages of a list, so that `24h` means the same for each. */
export type PageParam = { cursor: string; now: number } | null;
export type Page = RunPage & { now: number };

export async function fetchPage(
  search: RunsSearch,
  param: PageParam,
  limit: number,
  signal?: AbortSignal,
): Promise<Page> {
  const now = param?.now ?? Date.now();
  const page = await answer<RunPage>(
    client.GET("/api/v1/runs", {
      params: {
        query: {
          ...runsQuery(search, now),
          limit,
          ...(param ? { cursor: param.cursor } : {}),
        },
      },
      ...(signal ? { signal } : {}),
    }),
  );
  return { ...page, now };
}

export const listQuery = (search: RunsSearch) =>
  infiniteQueryOptions({
    queryKey: ["runs", search],
    queryFn: ({ client: cache, queryKey, pageParam, signal }) => {
      // As many as are listed, or were before the page was loaded again.
      const listed = cache.getQueryData<InfiniteData<Page>>(queryKey)?.pages[0]?.runs.length;
      const first = Math.min(PAGE_SIZE_MAX, Math.max(PAGE_SIZE, listed ?? keptRows() ?? 0));
      return fetchPage(search, pageParam, pageParam === null ? first : PAGE_SIZE, signal);
    },
    initialPageParam: null as PageParam,
    getNextPageParam: ({ next_cursor, now }): PageParam =>
      next_cursor ? { cursor: next_cursor, now } : null,
    placeholderData: keepPreviousData,
    // The stream keeps it fresh; asking again for every page would move what is read.
    staleTime: Infinity,
    // Back from a run, however long it was looked at, the rows are still there.
    gcTime: 30 * 60_000,
  });

export const facetCountsQuery = (search: RunsSearch) =>
  queryOptions({
    queryKey: ["facets", { ...search, sort: undefined }],
    queryFn: ({ signal }) =>
      answer<Facets>(
        client.GET("/api/v1/runs/facets", {
          params: { query: facetsQuery(search, Date.now()) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export function prefetchRuns(queryClient: QueryClient, search: RunsSearch) {
  void queryClient.prefetchInfiniteQuery(listQuery(search));
  void queryClient.prefetchQuery(facetCountsQuery(search));
}
