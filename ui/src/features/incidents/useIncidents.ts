/** What is asked of incidents, and how the answers follow what happens. */
import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { answer, client } from "../../api/client";
import { useLiveBatches } from "../../api/stream";
import type { Incident, IncidentPage, IncidentStep, RunPage } from "../../api/types";
import type { IncidentsSearch } from "./search";

/** The server says so at most every second. */
const LIVE_MS = 250;
const LIMIT = 1_000;
const RUNS_A_PAGE = 50;

const fetchPage = (
  { status = "unresolved", agent }: IncidentsSearch,
  limit: number,
  cursor: string | null,
  signal: AbortSignal,
) =>
  answer<IncidentPage>(
    client.GET("/api/v1/incidents", {
      params: {
        query: {
          ...(status === "all" ? {} : { status }),
          ...(agent ? { agent } : {}),
          ...(cursor ? { cursor } : {}),
          limit,
        },
      },
      signal,
    }),
  );

export const incidentsQuery = (search: IncidentsSearch, limit = LIMIT) =>
  queryOptions({
    queryKey: ["incidents", "list", search.status ?? "unresolved", search.agent ?? null, limit],
    queryFn: ({ signal }) => fetchPage(search, limit, null, signal),
    placeholderData: keepPreviousData,
  });

/** The list as far as one has gone down in it: its first page, which follows what happens, and those after. */
export function useIncidents(search: IncidentsSearch) {
  const first = useQuery(incidentsQuery(search));
  const cursor = first.data?.next_cursor ?? null;
  const older = useInfiniteQuery({
    queryKey: ["incidents", "older", search.status ?? "unresolved", search.agent ?? null, cursor],
    queryFn: ({ pageParam, signal }) => fetchPage(search, LIMIT, pageParam, signal),
    initialPageParam: cursor,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    enabled: false,
  });
  const incidents = useMemo(() => {
    const pages = [first.data, ...(older.data?.pages ?? [])];
    // One that failed again meanwhile stands in the first page too.
    const byId = new Map<string, Incident>();
    for (const incident of pages.flatMap((page) => page?.incidents ?? [])) {
      if (!byId.has(incident.id)) byId.set(incident.id, incident);
    }
    return [...byId.values()];
  }, [first.data, older.data]);
  const { fetchNextPage, isFetching, isError } = older;
  const fetchMore = useCallback(() => {
    // What was refused is asked for again by a person, not by the place in the list.
    if (!isFetching && !isError) void fetchNextPage();
  }, [fetchNextPage, isFetching, isError]);
  const hasMore = cursor !== null && (older.data === undefined || older.hasNextPage);
  return { first, incidents, hasMore, fetchMore, older };
}

/** The list, and what its sentence tells of: what is open, whatever the list is narrowed to. */
export function prefetchIncidents(queryClient: QueryClient, search: IncidentsSearch) {
  const { agent } = search;
  void queryClient.prefetchQuery(incidentsQuery(search));
  void queryClient.prefetchQuery(incidentsQuery(agent ? { agent } : {}));
}

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ["incidents", "one", id],
    queryFn: ({ signal }) =>
      answer<Incident>(client.GET("/api/v1/incidents/{id}", { params: { path: { id } }, signal })),
  });

export function useIncidentRuns(id: string) {
  return useInfiniteQuery({
    queryKey: ["incidents", "runs", id],
    queryFn: ({ pageParam, signal }) =>
      answer<RunPage>(
        client.GET("/api/v1/incidents/{id}/runs", {
          params: {
            path: { id },
            query: { limit: RUNS_A_PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

/** Asks again when incidents stand differently. */
export function useLiveIncidents(answeredAtMs: number) {
  const queryClient = useQueryClient();
  useLiveBatches(
    () => void queryClient.invalidateQueries({ queryKey: ["incidents"] }),
    (event) => event.type === "watched",
    answeredAtMs,
    LIVE_MS,
  );
}

const AFTER: Record<IncidentStep, string | null> = {
  acknowledge: "acknowledged",
  resolve: "resolved",
  reopen: "open",
  note: null,
};

export interface Step {
  action: IncidentStep;
  note?: string;
}

/** Does something about an incident: shown at once, and undone if the server refuses. */
export function useStep(id: string) {
  const queryClient = useQueryClient();
  const { queryKey } = incidentQuery(id);
  return useMutation({
    mutationFn: ({ action, note }: Step) =>
      answer<Incident>(
        client.POST("/api/v1/incidents/{id}", {
          params: { path: { id } },
          body: { action, ...(note ? { note } : {}) },
        }),
      ),
    onMutate: async ({ action }: Step) => {
      await queryClient.cancelQueries({ queryKey });
      const before = queryClient.getQueryData<Incident>(queryKey);
      const status = AFTER[action];
      if (before && status) queryClient.setQueryData<Incident>(queryKey, { ...before, status });
      return { before };
    },
    onError: (_error, _step, context) => {
      if (context?.before) queryClient.setQueryData<Incident>(queryKey, context.before);
    },
    onSuccess: (incident) => queryClient.setQueryData<Incident>(queryKey, incident),
    onSettled: () => invalidateLists(queryClient),
  });
}

function invalidateLists(queryClient: QueryClient) {
  return queryClient.invalidateQueries({ queryKey: ["incidents", "list"] });
}
