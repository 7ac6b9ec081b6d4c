/**
 * The shapes of the server's answers, in the form `npm run gen` writes.
 * Written by hand until schema/openapi.json exists; the generated file replaces it whole.
 */
export interface paths {
  "/api/v1/status": { get: Get<never, components["schemas"]["Status"]> };
  "/api/v1/runs": {
    get: Get<components["schemas"]["RunsQuery"], components["schemas"]["RunPage"]>;
  };
  "/api/v1/runs/facets": {
    get: Get<components["schemas"]["RunsQuery"], components["schemas"]["Facets"]>;
  };
  "/api/v1/runs/{id}": {
    get: GetById<{ id: string }, components["schemas"]["RunWithScores"]>;
  };
  "/api/v1/runs/{id}/spans": { get: GetById<{ id: string }, components["schemas"]["SpanList"]> };
  "/api/v1/runs/{id}/spans/{span_id}": {
    get: GetById<{ id: string; span_id: string }, components["schemas"]["SpanDetail"]>;
  };
  "/api/v1/agents": {
    get: Get<
      { since?: string; until?: string; cursor?: string; limit?: number },
      components["schemas"]["AgentPage"]
    >;
  };
  "/api/v1/agents/{name}/stats": {
    get: {
      parameters: {
        path: { name: string };
        query?: { since?: string; until?: string; bucket?: string };
      };
      responses: { 200: Json<components["schemas"]["AgentStats"]>; 404: Failure };
    };
  };
}

type Json<T> = { content: { "application/json": T } };
type Failure = Json<components["schemas"]["ErrorBody"]>;
type Get<Q, T> = { parameters: { query?: Q }; responses: { 200: Json<T>; 400: Failure } };
type GetById<P, T> = { parameters: { path: P }; responses: { 200: Json<T>; 404: Failure } };

export interface components {
  schemas: {
    ErrorBody: { error: string; message: string; field?: string };
    Status: {
      version: string;
      region: string;
      keys_required: boolean;
      account: string;
      writable: boolean;
      read_only_reason?: string | null;
      runs: number;
      spans: number;
      log_spans: number;
      segments: number;
      damaged_segments: string[];
      disk_bytes: number;
      dropped_logs: number;
      sequence: number;
    };
    Tokens: {
      input: number | null;
      output: number | null;
      cache_read: number | null;
      cache_write: number | null;
      reasoning: number | null;
      total: number | null;
    };
    Failure: { type: string | null; message: string | null };
    RunsQuery: {
      q?: string | null;
      agent?: string[] | null;
      status?: string[] | null;
      success?: string | null;
      outcome?: string[] | null;
      kind?: string[] | null;
      model?: string[] | null;
      tool?: string[] | null;
      session?: string[] | null;
      user?: string[] | null;
      customer?: string[] | null;
      feature?: string[] | null;
      workflow?: string[] | null;
      tag?: string[] | null;
      environment?: string[] | null;
      root?: string | null;
      since?: string | null;
      until?: string | null;
      min_duration_ms?: number | null;
      max_duration_ms?: number | null;
      min_cost_usd?: string | null;
      sort?: string | null;
      limit?: number | null;
      cursor?: string | null;
    };
    Run: {
      id: string;
      trace_id: string;
      external_id: string | null;
      agent: string | null;
      agents: string[];
      name: string;
      kind: string;
      version: string | null;
      status: string;
      presumed: boolean;
      success: boolean | null;
      outcome: string | null;
      started_at: string;
      finished_at: string | null;
      received_at: string;
      duration_ms: number | null;
      session: { id: string; name: string | null; user_id: string | null } | null;
      user_id: string | null;
      customer_id: string | null;
      feature: string | null;
      workflow: string | null;
      pattern: string | null;
      parent_run_id: string | null;
      root_run_id: string;
      child_run_ids: string[];
      duplicate_of_run: string | null;
      environment: string | null;
      tags: string[];
      metadata: { [key: string]: string };
      span_count: number;
      event_count: number;
      model_calls: number;
      tool_calls: number;
      error_count: number;
      conflicting_spans: number;
      failed_children: number;
      error: components["schemas"]["Failure"] | null;
      tokens: components["schemas"]["Tokens"];
      cost_usd: string | null;
      cost_source: string | null;
      unpriced_models: string[];
      tree_cost_usd: string | null;
      tree_tokens: components["schemas"]["Tokens"];
      models: string[];
      input_preview: string | null;
      output_preview: string | null;
    };
    Score: {
      id: string;
      run_id: string;
      span_id?: string | null;
      name: string;
      value: unknown;
      reason?: string | null;
      source?: string | null;
      time: string;
    };
    RunWithScores: components["schemas"]["Run"] & { scores: components["schemas"]["Score"][] };
    RunPage: { runs: components["schemas"]["Run"][]; next_cursor: string | null };
    FacetValue: { value: string; count: number };
    Facets: { [field: string]: components["schemas"]["FacetValue"][] };
    Span: {
      id: string;
      run_id: string;
      trace_id: string;
      parent_id: string | null;
      kind: string;
      name: string;
      agent: string | null;
      status: string;
      started_at: string;
      finished_at: string | null;
      duration_ms: number | null;
      first_token_ms: number | null;
      provider: string | null;
      model: string | null;
      tool: string | null;
      tool_call_id: string | null;
      finish_reason: string | null;
      tokens: components["schemas"]["Tokens"] | null;
      tokens_estimated: boolean;
      cost_usd: string | null;
      cost_source: string | null;
      counted: boolean;
      duplicate_of: string | null;
      duplicate_of_run: string | null;
      error: components["schemas"]["Failure"] | null;
      late: boolean;
      noise: boolean;
      child_run_id: string | null;
      level: string | null;
      input_preview: string | null;
      output_preview: string | null;
    };
    SpanList: {
      spans: components["schemas"]["Span"][];
      scores: components["schemas"]["Score"][];
    };
    SpanDetail: components["schemas"]["Span"] & {
      input?: unknown;
      output?: unknown;
      messages: unknown[];
      tools: unknown[];
      documents: unknown[];
      parameters: unknown;
      attributes: unknown;
      resource: unknown;
      scope: { name: string; version: string };
      events: { time: string; name: string; attributes: unknown }[];
      joined: unknown[];
      filled_by: { [field: string]: { dialect: string; key: string } };
      warnings: string[];
      price?: string | null;
    };
    Statistics: {
      total_runs: number;
      completed_runs: number;
      running_runs: number;
      failed_runs: number;
      success_rate: number | null;
      success_count: number;
      failure_count: number;
      no_signal_count: number;
      avg_cost_per_run_usd: string | null;
      total_cost_usd: string | null;
      p95_latency_ms: number | null;
      costed_runs: number;
      tokens: components["schemas"]["Tokens"];
      model_calls: number;
      error_count: number;
    };
    Agent: components["schemas"]["Statistics"] & {
      name: string;
      created_at: string;
      last_run_at: string;
    };
    AgentPage: { agents: components["schemas"]["Agent"][]; next_cursor: string | null };
    AgentStats: components["schemas"]["Statistics"] & {
      agent: string;
      since?: string | null;
      until?: string | null;
      outcomes: { outcome: string; count: number }[];
      buckets: (components["schemas"]["Statistics"] & { start: string })[];
    };
  };
}
