/**
 * The names the pages use for the server's shapes, taken from the paths of the generated client
 * so that a renamed schema on the server changes nothing here.
 */
import type { components, paths } from "./schema";

/**
 * The server writes every field, null where it knows nothing; its document says only that such a
 * field may be absent.
 */
type Whole<T> = T extends readonly (infer U)[]
  ? Whole<U>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? Whole<T>
  : never;

export type Status = Answer<"/api/v1/status">;
export type RunPage = Answer<"/api/v1/runs">;
export type Run = RunPage["runs"][number];
export type RunWithScores = Answer<"/api/v1/runs/{id}">;
export type Score = RunWithScores["scores"][number];
export type Facets = Answer<"/api/v1/runs/facets">;
export type RunsQuery = NonNullable<paths["/api/v1/runs"]["get"]["parameters"]["query"]>;
export type Span = Answer<"/api/v1/runs/{id}/spans">["spans"][number];
export type Tokens = Run["tokens"];
export type AgentPage = Answer<"/api/v1/agents">;
export type Agent = AgentPage["agents"][number];
export type AgentStats = Answer<"/api/v1/agents/{name}/stats">;
export type SessionPage = Answer<"/api/v1/sessions">;
export type Session = SessionPage["sessions"][number];
export type Stats = Answer<"/api/v1/stats">;
export type Costs = Answer<"/api/v1/costs">;
export type Tools = Answer<"/api/v1/tools">;
export type BundledPricePage = Answer<"/api/v1/prices/bundled">;
export type BundledPrice = BundledPricePage["prices"][number];
export type Price = Answer<"/api/v1/prices">["prices"][number];
export type Key = Answer<"/api/v1/keys">["keys"][number];
export type IncidentPage = Answer<"/api/v1/incidents">;
export type Incident = IncidentPage["incidents"][number];
export type IncidentCounts = IncidentPage["counts"];
export type IncidentStep = components["schemas"]["IncidentStep"];
export type Heartbeat = Answer<"/api/v1/heartbeats">["heartbeats"][number];
export type HeartbeatDetail = Answer<"/api/v1/heartbeats/{agent}">;
export type Expectation = HeartbeatDetail["expectations"][number];
export type Channel = Answer<"/api/v1/channels">["channels"][number];
/** What an account sets for what is watched. */
export type WatchSettings = Answer<"/api/v1/settings">;
export type Delivery = Answer<"/api/v1/deliveries">["deliveries"][number];
type AlertAnswer = Answer<"/api/v1/alerts">["alerts"][number];
export type Alert = Omit<AlertAnswer, "when" | "on"> & { when: Condition; on: Target };
type CheckAnswer = Answer<"/api/v1/checks">["checks"][number];
export type Check = Omit<CheckAnswer, "test" | "on"> & { test: CheckTest; on: Target };
export type Notice = Answer<"/api/v1/notices">["notices"][number];
export type ErrorBody = components["schemas"]["ErrorBody"];

/** Which runs: those of which every named part holds. */
export interface Target {
  agent?: string;
  tag?: string;
  customer?: string;
  feature?: string;
}

/** What a rule watches. Amounts of money are decimal strings, a share is 0..1. */
export type Condition =
  | { type: "failure_rate"; over: number }
  | { type: "inactivity"; hours: number }
  | { type: "cost_threshold"; over_usd: string }
  | { type: "cost_per_run"; over_usd: string }
  | { type: "latency_threshold"; over_p95_ms: number }
  | { type: "score_below"; score: string; below: number }
  | { type: "tokens"; over: number }
  | { type: "errors"; over: number; kind?: string }
  | { type: "spend_anomaly"; sigma: number }
  | { type: "stalled_run"; minutes: number }
  | { type: "missed_heartbeat" }
  | { type: "all" | "any"; of: Condition[] };

/** What a check asks of a finished run; bounds are inclusive. */
export type CheckTest =
  | { type: "json_schema"; schema: unknown }
  | { type: "regex"; pattern: string; not?: boolean }
  | { type: "length"; min?: number | null; max?: number | null }
  | { type: "required_fields"; fields: string[] }
  | { type: "tool_called"; tool: string; not?: boolean }
  | { type: "range"; field?: string | null; min?: number | null; max?: number | null }
  | { type: "budget"; max_usd?: string | null; max_ms?: number | null };

/** A part of a message, by its type. The document leaves these open; they are told apart here. */
export type Part =
  | { type: "text"; text: string }
  | { type: "tool_call"; id: string | null; name: string; arguments: unknown }
  | { type: "tool_call_response"; id: string | null; name?: string; result: unknown }
  | { type: "reasoning"; text: string }
  | { type: "image"; media_type: string | null; url: string | null; data: string | null }
  | { type: "other"; value: unknown };

export interface Message {
  role: string;
  direction: "input" | "output";
  name?: string;
  parts: Part[];
  finish_reason?: string;
}

type Fields = { [key: string]: unknown };
type SpanAnswer = Answer<"/api/v1/runs/{id}/spans/{span_id}">;

export type SpanDetail = Omit<
  SpanAnswer,
  "messages" | "attributes" | "resource" | "parameters" | "events" | "links"
> & {
  messages: Message[];
  attributes: Fields;
  resource: Fields;
  parameters: Fields;
  events: { time: string; name: string; attributes: Fields }[];
  links: (Omit<SpanAnswer["links"][number], "attributes"> & { attributes: Fields })[];
};

/** The answer of `POST /traces`, which takes a raw body and so stands outside the client. */
export interface UploadReport {
  lines: number;
  spans: number;
  /** Those that were not known yet. */
  new_spans: number;
  runs: number;
  /** When the first and the last of its spans began, the end exclusive; null if there is none. */
  since: string | null;
  until: string | null;
  /** The first of them, with why. */
  skipped: { line: number; reason: string }[];
  skipped_count: number;
  notes: string[];
}
