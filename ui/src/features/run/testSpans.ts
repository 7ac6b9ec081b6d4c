/** Spans for the tests: only what a case is about needs to be said. */
import type { Span } from "../../api/types";

const ORIGIN_MS = Date.UTC(2026, 2, 12);

export interface SpanCase {
  id: string;
  parent?: string | null;
  kind?: string;
  name?: string;
  agent?: string;
  tool?: string;
  from?: number;
  to?: number | null;
  status?: string;
  duplicateOf?: string;
  cost?: string;
  tokens?: { input: number | null; output: number | null };
  callId?: string;
  noise?: boolean;
  counted?: boolean;
}

/** `from` and `to` in milliseconds after the run's start. */
export function span(given: SpanCase): Span {
  const from = given.from ?? 0;
  const to = given.to === undefined ? from + 1 : given.to;
  return {
    id: given.id,
    run_id: "run_eu_0",
    trace_id: "0",
    parent_id: given.parent ?? null,
    kind: given.kind ?? "custom",
    name: given.name ?? given.id,
    agent: given.agent ?? null,
    status: given.status ?? (to === null ? "running" : "success"),
    started_at: new Date(ORIGIN_MS + from).toISOString(),
    finished_at: to === null ? null : new Date(ORIGIN_MS + to).toISOString(),
    duration_ms: to === null ? null : to - from,
    first_token_ms: null,
    provider: null,
    model: null,
    tool: given.tool ?? null,
    tool_call_id: given.callId ?? null,
    finish_reason: null,
    tokens: given.tokens
      ? { cache_read: null, cache_write: null, reasoning: null, total: null, ...given.tokens }
      : null,
    tokens_estimated: false,
    cost_usd: given.cost ?? null,
    cost_source: null,
    counted: given.counted ?? given.duplicateOf === undefined,
    duplicate_of: given.duplicateOf ?? null,
    error: given.status === "failed" ? { type: "Error", message: "boom" } : null,
    duplicate_of_run: null,
    late: false,
    noise: given.noise ?? false,
    child_run_id: null,
    level: null,
    preview: null,
  };
}
