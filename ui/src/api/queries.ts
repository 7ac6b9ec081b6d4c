/** What more than one page asks for. A page's own questions stand beside the page. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { RunWithScores, Status } from "./types";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer<Status>(client.GET("/api/v1/status", { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) =>
      answer<RunWithScores>(client.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
  });
