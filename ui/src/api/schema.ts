/**
 * The shapes of the server's answers, in the form `npm run gen` writes.
 * Written by hand until schema/openapi.json exists; the generated file replaces it whole.
 */
export interface paths {
  "/api/v1/status": { get: Get<never, components["schemas"]["Status"]> };
  "/api/v1/login": {
    post: {
      requestBody: { content: { "application/json": { key: string } } };
      responses: { 204: Empty; 401: Failure };
    };
  };
  "/api/v1/logout": { post: { responses: { 204: Empty } } };
  "/api/v1/runs": {
    get: Get<components["schemas"]["RunsQuery"], components["schemas"]["RunPage"]>;
  };
  "/api/v1/runs/facets": {
    get: Get<components["schemas"]["RunsQuery"], components["schemas"]["Facets"]>;
  };
  "/api/v1/runs/{id}": { get: GetById<{ id: string }, components["schemas"]["Run"]> };
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
type Empty = { content?: never };
type Failure = Json<components["schemas"]["ErrorBody"]>;
type Get<Q, T> = { parameters: { query?: Q }; responses: { 200: Json<T>; 400: Failure } };
type GetById<P, T> = { parameters: { path: P }; responses: { 200: Json<T>; 404: Failure } };

export interface components {
  schemas: {
    ErrorBody: { error: string; message: string; field?: string };
    Status: {
      version: string;
      spans: number;
      runs: number;
      disk_bytes: number;
      accounts_configured: boolean;
      account: string | null;
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
      q?: string;
      agent?: string;
      status?: string;
      success?: string;
      outcome?: string;
      kind?: string;
      model?: string;
      tool?: string;
      session?: string;
      user?: string;
      customer?: string;
      feature?: string;
      workflow?: string;
      tag?: string;
      environment?: string;
      root?: string;
      since?: string;
      until?: string;
      min_duration_ms?: number;
      max_duration_ms?: number;
      min_cost_usd?: string;
      sort?: string;
      limit?: number;
      cursor?: string;
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
    RunPage: { runs: components["schemas"]["Run"][]; next_cursor: string | null };
    FacetValue: { value: string | boolean | null; count: number };
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
    SpanList: { spans: components["schemas"]["Span"][] };
    Part:
      | { type: "text"; text: string }
      | { type: "tool_call"; id: string | null; name: string; arguments: unknown }
      | { type: "tool_call_response"; id: string | null; name?: string | null; result: unknown }
      | { type: "reasoning"; text: string }
      | { type: "image"; media_type?: string | null; url?: string | null; data?: string | null }
      | { type: "other"; value: unknown };
    Message: {
      role: string;
      direction: "input" | "output";
      name?: string | null;
      parts: components["schemas"]["Part"][];
      finish_reason?: string | null;
    };
    SpanDetail: components["schemas"]["Span"] & {
      input: unknown;
      output: unknown;
      messages: components["schemas"]["Message"][];
      attributes: { [key: string]: unknown };
      resource: { [key: string]: unknown };
      scope: { [key: string]: unknown };
      filled_by: { [field: string]: { dialect: string; key: string } };
    };
    Statistics: {
      total_runs: number;
      success_rate: number | null;
      success_count: number;
      failure_count: number;
      no_signal_count: number;
      avg_cost_per_run_usd: string | null;
      total_cost_usd: string | null;
      p95_latency_ms: number | null;
    };
    Agent: components["schemas"]["Statistics"] & {
      name: string;
      created_at: string;
      last_run_at: string | null;
    };
    AgentPage: { agents: components["schemas"]["Agent"][]; next_cursor: string | null };
    AgentStats: components["schemas"]["Statistics"] & {
      agent: string;
      since: string;
      until: string;
      buckets: (components["schemas"]["Statistics"] & { start: string })[];
    };
  };
}
