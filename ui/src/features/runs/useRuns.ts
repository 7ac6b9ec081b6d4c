/**
 * The list of runs, page by page, and its changes as they happen: a listed run is updated in
 * place, a new one waits until it is asked for or may be put in without moving what is read.
 */
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLiveBatches } from "../../api/stream";
import type { Run, RunPage } from "../../api/types";
import { fetchPage, listQuery, PAGE_SIZE, type Page, type PageParam } from "./queries";
import { sortOf, type RunsSearch } from "./search";

const ROWS_MAX = 300;
const STALE_MS = 2_000;

/** The first page as it is now, and what of it is not listed. */
interface News {
  head: Page;
  added: Run[];
}

export function useRuns(search: RunsSearch, live: boolean, mayInsert: () => boolean) {
  const queryClient = useQueryClient();
  const query = useMemo(() => listQuery(search), [search]);
  const { queryKey } = query;
  const list = useInfiniteQuery(query);
  const runs = useMemo(() => uniqueRuns(list.data?.pages ?? []), [list.data]);

  const [waiting, setWaiting] = useState<{ key: unknown; news: News | null }>({
    key: queryKey,
    news: null,
  });
  const news = waiting.key === queryKey ? waiting.news : null;

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

  function show({ head, added }: News) {
    queryClient.setQueryData<InfiniteData<Page, PageParam>>(queryKey, (data) => {
      const [first, ...rest] = data?.pages ?? [];
      if (!data || !first) return data;
      // With rows between what is new and what is listed, or with more than one reads, it begins
      // again: an hour of live rows must not pile up.
      if (added.length === head.runs.length || runs.length > ROWS_MAX) {
        return { pages: [head], pageParams: [null] };
      }
      return { ...data, pages: [{ ...first, runs: [...added, ...first.runs] }, ...rest] };
    });
    setWaiting({ key: queryKey, news: null });
  }

  const newestFirst = sortOf(search).column === "started_at" && sortOf(search).descending;

  /** Asks for the first page again: what is listed is brought up to date, what is new may wait. */
  async function catchUp() {
    let head: Page;
    try {
      head = await fetchPage(search, null, PAGE_SIZE);
    } catch {
      // The list stands; the next event asks again.
      return;
    }
    const fresh = new Map(head.runs.map((run) => [run.id, run]));
    update((listed) => listed.map((run) => fresh.get(run.id) ?? run));
    const listed = new Set(runs.map((run) => run.id));
    const added = head.runs.filter((run) => !listed.has(run.id));
    if (added.length === 0) return;
    if (runs.length === 0 || mayInsert()) show({ head, added });
    else setWaiting({ key: queryKey, news: { head, added } });
    void queryClient.invalidateQueries({ queryKey: ["facets"] });
  }

  // While another list or page was shown nobody followed the stream for this one.
  useEffect(() => {
    const answeredAtMs = list.dataUpdatedAt;
    if (newestFirst && answeredAtMs > 0 && Date.now() - answeredAtMs > STALE_MS) void catchUp();
    // Once for each list, with the rows that were kept.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [queryKey]);

  useLiveBatches(
    (events) => {
      const changed = new Map<string, Run>();
      for (const event of events) if (event.type === "run") changed.set(event.run.id, event.run);
      if (changed.size === 0) return;
      update((listed) => listed.map((run) => changed.get(run.id) ?? run));
      const known = new Set([...runs, ...(news?.added ?? [])].map((run) => run.id));
      if (!newestFirst || [...changed.keys()].every((id) => known.has(id))) return;
      // Whether a new run belongs here is the server's to say: it alone knows all filters.
      void catchUp();
    },
    (event) => event.type === "run",
    live ? list.dataUpdatedAt : 0,
    500,
  );

  return {
    ...list,
    runs,
    /** Of new runs that are not listed yet; as many as a page holds may be more. */
    waitingCount: news?.added.length ?? 0,
    waitingMore: news !== null && news.added.length === PAGE_SIZE,
    showWaiting: () => {
      if (news) show(news);
    },
  };
}

/** A run that moved between two pages while they were fetched is listed once. */
function uniqueRuns(pages: RunPage[]): Run[] {
  const seen = new Set<string>();
  return pages.flatMap((page) => page.runs).filter((run) => !seen.has(run.id) && seen.add(run.id));
}
