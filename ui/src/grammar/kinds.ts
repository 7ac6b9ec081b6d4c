/** The kinds of spans: how each is called, its hue and its shape, which tell it apart in grey too. */

export type Hue = "agent" | "llm" | "tool" | "retriever" | "workflow" | "other";
export type Shape =
  | "square"
  | "circle"
  | "ring"
  | "diamond"
  | "triangle"
  | "triangle-open"
  | "hexagon"
  | "shield"
  | "scale"
  | "square-open"
  | "mark";

export interface KindLook {
  label: string;
  hue: Hue;
  shape: Shape;
}

const KINDS: Record<string, KindLook> = {
  agent: { label: "agent", hue: "agent", shape: "square" },
  llm: { label: "model call", hue: "llm", shape: "circle" },
  embedding: { label: "embedding", hue: "llm", shape: "ring" },
  tool: { label: "tool", hue: "tool", shape: "diamond" },
  retriever: { label: "retriever", hue: "retriever", shape: "triangle" },
  reranker: { label: "reranker", hue: "retriever", shape: "triangle-open" },
  guardrail: { label: "guardrail", hue: "other", shape: "shield" },
  evaluator: { label: "evaluator", hue: "other", shape: "scale" },
  workflow: { label: "workflow", hue: "workflow", shape: "hexagon" },
  db: { label: "database", hue: "other", shape: "square-open" },
  http: { label: "http", hue: "other", shape: "square-open" },
  log: { label: "log", hue: "other", shape: "mark" },
  decision: { label: "decision", hue: "agent", shape: "mark" },
  event: { label: "event", hue: "other", shape: "mark" },
  score: { label: "score", hue: "retriever", shape: "mark" },
};

const FALLBACK: KindLook = { label: "span", hue: "other", shape: "square-open" };

export function kindLook(kind: string): KindLook {
  return KINDS[kind] ?? { ...FALLBACK, label: kind === "custom" ? "span" : kind };
}
