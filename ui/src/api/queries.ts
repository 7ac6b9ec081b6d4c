/** What more than one page asks for. A page's own questions stand beside the page. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => answer(client.GET("/api/v1/status", { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
  });
