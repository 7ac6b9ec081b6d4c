/** What more than one page asks for. A page's own questions stand beside the page. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { IncidentPage, RunWithScores, Span, Status } from "./types";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer<Status>(client.GET("/api/v1/status", { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

/**
 * Asks everything shown again, but not the spans of a run that has ended: they may be many, and as good
 * as never change. A first answer under way is not asked again: if it is older than what was told since,
 * the stream begins again where it stood.
 */
export function askAgain(queryClient: QueryClient) {
  void queryClient.invalidateQueries({
    predicate: ({ queryKey: [what, id] }) =>
      what !== "spans" ||
      queryClient.getQueryData<RunWithScores>(["run", id])?.finished_at === null,
  });
}

/** For the side bar: the counts alone. What changes on a page of incidents is asked for at once. */
export const openIncidentsQuery = queryOptions({
  queryKey: ["incidents", "list", "counts"],
  queryFn: ({ signal }) =>
    answer<IncidentPage>(
      client.GET("/api/v1/incidents", { params: { query: { status: "open", limit: 1 } }, signal }),
    ),
  refetchInterval: 15_000,
});

/** What stands around every page asks for. */
export function prefetchStanding(queryClient: QueryClient) {
  void queryClient.prefetchQuery(statusQuery);
  void queryClient.prefetchQuery(openIncidentsQuery);
}

/** The incident that a run belongs to with its family, if there is one. */
export const runIncidentQuery = (runId: string) =>
  queryOptions({
    queryKey: ["incidents", "of run", runId],
    queryFn: ({ signal }) =>
      answer<IncidentPage>(
        client.GET("/api/v1/incidents", { params: { query: { run_id: runId } }, signal }),
      ),
    select: ({ incidents }) => incidents[0],
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) =>
      answer<RunWithScores>(client.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
  });

/** A run's spans. Where a page shows them the stream brings what changes. */
export const spansQuery = (id: string) =>
  queryOptions({
    queryKey: ["spans", id],
    queryFn: async ({ signal }) =>
      (
        await answer<{ spans: Span[] }>(
          client.GET("/api/v1/runs/{id}/spans", { params: { path: { id } }, signal }),
        )
      ).spans,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** More are asked for when the run is opened, not when its link is pointed at. */
const POINTED_AT_SPANS = 2_000;

/** Asks for a run before its page is there to ask. */
export async function prefetchRun(queryClient: QueryClient, id: string, isPointedAt: boolean) {
  if (!isPointedAt) void queryClient.prefetchQuery(spansQuery(id));
  void queryClient.prefetchQuery(runIncidentQuery(id));
  await queryClient.prefetchQuery(runQuery(id));
  const run = queryClient.getQueryData<RunWithScores>(["run", id]);
  if (isPointedAt && run && run.span_count <= POINTED_AT_SPANS) {
    await queryClient.prefetchQuery(spansQuery(id));
  }
}
