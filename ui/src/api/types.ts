/**
 * The names the pages use for the server's shapes, taken from the paths of the generated client
 * so that a renamed schema on the server changes nothing here.
 */
import type { components, paths } from "./schema";

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;

export type Status = Answer<"/api/v1/status">;
export type RunPage = Answer<"/api/v1/runs">;
export type Run = Answer<"/api/v1/runs/{id}">;
export type Facets = Answer<"/api/v1/runs/facets">;
export type RunsQuery = NonNullable<paths["/api/v1/runs"]["get"]["parameters"]["query"]>;
export type Span = Answer<"/api/v1/runs/{id}/spans">["spans"][number];
export type SpanDetail = Answer<"/api/v1/runs/{id}/spans/{span_id}">;
export type Message = SpanDetail["messages"][number];
export type Part = Message["parts"][number];
export type Tokens = Run["tokens"];
export type Agent = Answer<"/api/v1/agents">["agents"][number];
export type AgentStats = Answer<"/api/v1/agents/{name}/stats">;
export type ErrorBody = components["schemas"]["ErrorBody"];

/** The answer of `POST /traces`, which takes a raw body and so stands outside the client. */
export interface UploadReport {
  lines: number;
  spans: number;
  runs: number;
  skipped: { line: number; reason: string }[];
}
