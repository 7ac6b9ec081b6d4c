/** One run with its spans, followed while it runs. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, client } from "../../api/client";
import { runQuery, spansQuery } from "../../api/queries";
import { useLiveBatches } from "../../api/stream";
import type { RunPage, RunWithScores, Span, SpanDetail } from "../../api/types";
import { buildTree } from "./tree";

/** A whole span. What one holds may be large: it is asked for when shown. */
export const spanQuery = (runId: string, spanId: string) =>
  queryOptions({
    queryKey: ["span", runId, spanId],
    queryFn: ({ signal }) =>
      answer<SpanDetail>(
        client.GET("/api/v1/runs/{id}/spans/{span_id}", {
          params: { path: { id: runId, span_id: spanId } },
          signal,
        }),
      ),
    staleTime: 60_000,
    gcTime: 60_000,
  });

/** Rebuilding a large tree takes a while; it is done less often. */
const LARGE = 5_000;

export function useRun(id: string) {
  const queryClient = useQueryClient();
  const run = useQuery(runQuery(id));
  const spans = useQuery(spansQuery(id));
  const tree = useMemo(() => (spans.data ? buildTree(spans.data) : undefined), [spans.data]);
  // The answer spells the id as the stream does, whatever the address said.
  const runId = run.data?.id ?? id;

  useLiveBatches(
    (events) => {
      const changed = new Map<string, Span>();
      for (const event of events) {
        // The stream tells of the run, not of its scores.
        if (event.type === "run") {
          queryClient.setQueryData<RunWithScores>(
            ["run", id],
            (known) => known && { ...known, ...event.run },
          );
        }
        if (event.type === "span") changed.set(event.span.id, event.span);
      }
      if (changed.size === 0) return;
      queryClient.setQueryData<Span[]>(["spans", id], (known) => {
        if (!known) return known;
        const kept = known.map((span) => {
          const next = changed.get(span.id);
          if (!next) return span;
          changed.delete(span.id);
          // A change may come after the end it tells of.
          return next.finished_at === null && span.finished_at !== null ? span : next;
        });
        return [...kept, ...changed.values()];
      });
      for (const spanId of changed.keys()) {
        void queryClient.invalidateQueries({ queryKey: ["span", id, spanId] });
      }
    },
    (event) =>
      (event.type === "run" && event.run.id === runId) ||
      (event.type === "span" && event.span.run_id === runId),
    Math.min(run.dataUpdatedAt, spans.dataUpdatedAt),
    (spans.data?.length ?? 0) > LARGE ? 1_000 : 250,
  );

  return { run, spans, tree };
}

/** The runs before and after in the list this one was opened from, else in the newest ones. */
export function useNeighbors(runId: string, listed: string[] | undefined) {
  const newest = useQuery({
    queryKey: ["neighbors"],
    queryFn: async ({ signal }) => {
      const page = await answer<RunPage>(
        client.GET("/api/v1/runs", { params: { query: { limit: 200 } }, signal }),
      );
      return page.runs.map((run) => run.id);
    },
    enabled: listed === undefined,
    staleTime: 60_000,
  });
  const ids = listed ?? newest.data ?? [];
  const at = ids.indexOf(runId);
  return {
    previous: at > 0 ? ids[at - 1] : undefined,
    next: at === -1 ? undefined : ids[at + 1],
  };
}
