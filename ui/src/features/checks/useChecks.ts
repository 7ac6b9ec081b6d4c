/** What is asked of checks and their results, and what is done to them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Check, Target } from "../../api/types";
import { COUNTS_QUERY, findingOf, resultsQuery } from "./tests";

const REFRESH_MS = 15_000;

export const checksQuery = queryOptions({
  queryKey: ["checks", "list"],
  queryFn: ({ signal }) => answer<{ checks: Check[] }>(client.GET("/api/v1/checks", { signal })),
  select: (data) => data.checks,
});

type Row = unknown[];

async function rows(query: string, signal: AbortSignal): Promise<Row[]> {
  const found = await answer<{ rows: Row[] }>(
    client.POST("/api/v1/sql", { body: { query }, signal }),
  );
  return found.rows;
}

export interface Counts {
  runs: number;
  failed: number;
}

/** Of each check by name, how many runs it was asked of and how many did not pass. */
export const countsQuery = queryOptions({
  queryKey: ["checks", "counts"],
  queryFn: async ({ signal }) => {
    const found = await rows(COUNTS_QUERY, signal);
    return new Map(
      found.map(([name, runs, failed]): [string, Counts] => [
        String(name),
        { runs: Number(runs), failed: Number(failed) },
      ]),
    );
  },
  refetchInterval: REFRESH_MS,
});

export interface Result {
  at: string;
  runId: string;
  passed: boolean;
  expected: string;
  got: string;
}

export const resultsOfQuery = (name: string) =>
  queryOptions({
    queryKey: ["checks", "results", name],
    queryFn: async ({ signal }) => {
      const found = await rows(resultsQuery(name), signal);
      return found.map(([at, runId, value, reason]): Result => {
        const { expected, got } = findingOf(reason) ?? { expected: "", got: "" };
        return { at: String(at), runId: String(runId), passed: value !== 0, expected, got };
      });
    },
    refetchInterval: REFRESH_MS,
  });

export interface CheckBody {
  test: object;
  on: Target;
  paused: boolean;
}

export function usePutCheck() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body }: { name: string; body: CheckBody }) =>
      answer<Check>(
        client.PUT("/api/v1/checks/{name}", {
          params: { path: { name } },
          // The document knows the open parts only as objects without fields.
          body: body as CheckBody & { test: never; on: never },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["checks"] }),
  });
}

export function useDeleteCheck(name: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer<undefined>(client.DELETE("/api/v1/checks/{name}", { params: { path: { name } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["checks"] }),
  });
}
