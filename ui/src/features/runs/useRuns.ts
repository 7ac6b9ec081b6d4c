/**
 * The list of runs, page by page, and its changes as they happen: a listed run is updated in
 * place, a new one waits until it is asked for or may be put in without moving what is read.
 */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { answer, client } from "../../api/client";
import { useLiveBatches } from "../../api/stream";
import type { Facets, Run, RunPage } from "../../api/types";
import { facetsQuery, runsQuery, sortOf, type RunsSearch } from "./search";

const PAGE_SIZE = 100;

/** `now` is one clock for all pages of a list, so that `24h` means the same for each. */
type PageParam = { cursor: string; now: number } | null;
type Page = RunPage & { now: number };

async function fetchPage(
  search: RunsSearch,
  param: PageParam,
  signal?: AbortSignal,
): Promise<Page> {
  const now = param?.now ?? Date.now();
  const page = await answer<RunPage>(
    client.GET("/api/v1/runs", {
      params: {
        query: {
          ...runsQuery(search, now),
          limit: PAGE_SIZE,
          ...(param ? { cursor: param.cursor } : {}),
        },
      },
      ...(signal ? { signal } : {}),
    }),
  );
  return { ...page, now };
}

export function useRuns(search: RunsSearch, live: boolean, mayInsert: () => boolean) {
  const queryClient = useQueryClient();
  const queryKey = useMemo(() => ["runs", search], [search]);
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => fetchPage(search, pageParam, signal),
    initialPageParam: null as PageParam,
    getNextPageParam: ({ next_cursor, now }): PageParam =>
      next_cursor ? { cursor: next_cursor, now } : null,
    placeholderData: keepPreviousData,
    // The stream keeps it fresh; asking again for every page would move what is read.
    staleTime: Infinity,
    gcTime: 60_000,
  });
  const runs = useMemo(() => uniqueRuns(list.data?.pages ?? []), [list.data]);

  const [waiting, setWaiting] = useState<{ key: unknown; runs: Run[] }>({
    key: queryKey,
    runs: [],
  });
  const waitingRuns = waiting.key === queryKey ? waiting.runs : [];

  function update(change: (runs: Run[]) => Run[]) {
    queryClient.setQueryData<InfiniteData<Page, PageParam>>(
      queryKey,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => ({ ...page, runs: change(page.runs) })),
        },
    );
  }

  function prepend(added: Run[]) {
    queryClient.setQueryData<InfiniteData<Page, PageParam>>(queryKey, (data) => {
      const [first, ...rest] = data?.pages ?? [];
      if (!data || !first) return data;
      return { ...data, pages: [{ ...first, runs: [...added, ...first.runs] }, ...rest] };
    });
  }

  const newestFirst = sortOf(search).column === "started_at" && sortOf(search).descending;

  useLiveBatches(
    (events) => {
      if (events.some((event) => event.type === "reset")) {
        void queryClient.invalidateQueries({ queryKey: ["runs"] });
        void queryClient.invalidateQueries({ queryKey: ["facets"] });
        return;
      }
      const changed = new Map<string, Run>();
      for (const event of events) if (event.type === "run") changed.set(event.run.id, event.run);
      if (changed.size === 0) return;
      update((listed) => listed.map((run) => changed.get(run.id) ?? run));
      const known = new Set([...runs, ...waitingRuns].map((run) => run.id));
      if (!newestFirst || [...changed.keys()].every((id) => known.has(id))) return;
      // Whether a new run belongs here is the server's to say: it alone knows all filters.
      void fetchPage(search, null).then(
        ({ runs: head }) => {
          const listed = new Set(runs.map((run) => run.id));
          const added = head.filter((run) => !listed.has(run.id));
          if (added.length === 0) return;
          if (runs.length === 0 || mayInsert()) {
            prepend(added);
            setWaiting({ key: queryKey, runs: [] });
          } else {
            setWaiting({ key: queryKey, runs: added });
          }
          void queryClient.invalidateQueries({ queryKey: ["facets"] });
        },
        // The list stands; the next event asks again.
        () => undefined,
      );
    },
    (event) => event.type !== "span",
    live && list.isSuccess,
    500,
  );

  return {
    ...list,
    runs,
    waitingCount: waitingRuns.length,
    showWaiting: () => {
      prepend(waitingRuns);
      setWaiting({ key: queryKey, runs: [] });
    },
  };
}

/** A run that moved between two pages while they were fetched is listed once. */
function uniqueRuns(pages: RunPage[]): Run[] {
  const seen = new Set<string>();
  return pages.flatMap((page) => page.runs).filter((run) => !seen.has(run.id) && seen.add(run.id));
}

export function useFacets(search: RunsSearch, enabled = true) {
  return useQuery({
    queryKey: ["facets", { ...search, sort: undefined }],
    queryFn: ({ signal }) =>
      answer<Facets>(
        client.GET("/api/v1/runs/facets", {
          params: { query: facetsQuery(search, Date.now()) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}
