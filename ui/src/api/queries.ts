/** What more than one page asks for. A page's own questions stand beside the page. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { IncidentPage, RunWithScores, Status } from "./types";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer<Status>(client.GET("/api/v1/status", { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

/** For the side bar: the counts alone. What changes on a page of incidents is asked for at once. */
export const openIncidentsQuery = queryOptions({
  queryKey: ["incidents", "list", "counts"],
  queryFn: ({ signal }) =>
    answer<IncidentPage>(
      client.GET("/api/v1/incidents", { params: { query: { status: "open", limit: 1 } }, signal }),
    ),
  refetchInterval: 15_000,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) =>
      answer<RunWithScores>(client.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
  });
