/** Runs sent as any SDK would send them: OTLP/HTTP JSON to `/v1/traces`, in the native dialect. */
import { randomBytes } from "node:crypto";

export const hex = (bytes: number) => randomBytes(bytes).toString("hex");

export interface SpanSent {
  id?: string;
  parent?: string;
  kind: string;
  name: string;
  /** Milliseconds after the run's start. */
  from: number;
  to: number;
  error?: string;
  attributes?: Record<string, string | number | boolean>;
  links?: { traceId: string; spanId: string; attributes?: Record<string, string> }[];
}

export interface RunSent {
  traceId?: string;
  agent: string;
  /** Milliseconds since 1970. */
  start?: number;
  spans: SpanSent[];
}

function anyValue(value: string | number | boolean) {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

const attributes = (values: Record<string, string | number | boolean>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));

/** Sends one run, a key first if the server asks for one; gives its trace id. */
export async function sendRun(server: string, run: RunSent, key?: string): Promise<string> {
  const traceId = run.traceId ?? hex(16);
  const start = run.start ?? Date.now() - 60_000;
  const nanos = (ms: number) => `${Math.round(start + ms)}000000`;
  const body = {
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": run.agent }) },
        scopeSpans: [
          {
            scope: { name: "vedette.e2e" },
            spans: run.spans.map((span) => ({
              traceId,
              spanId: span.id ?? hex(8),
              ...(span.parent ? { parentSpanId: span.parent } : {}),
              name: span.name,
              kind: 1,
              startTimeUnixNano: nanos(span.from),
              endTimeUnixNano: nanos(span.to),
              attributes: attributes({
                "vedette.kind": span.kind,
                "vedette.agent": run.agent,
                ...span.attributes,
              }),
              links: (span.links ?? []).map((link) => ({
                ...link,
                attributes: attributes(link.attributes ?? {}),
              })),
              status: span.error ? { code: 2, message: span.error } : {},
              events: span.error
                ? [
                    {
                      name: "exception",
                      timeUnixNano: nanos(span.to),
                      attributes: attributes({
                        "exception.type": "RateLimitError",
                        "exception.message": span.error,
                      }),
                    },
                  ]
                : [],
            })),
          },
        ],
      },
    ],
  };
  const answer = await fetch(`${server}/v1/traces`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`/v1/traces answered ${answer.status}: ${await answer.text()}`);
  return traceId;
}

export const USER_TEXT = "I want my money back for **order 8812**. <b id=planted>bold</b>";

/** An agent that calls a model, a tool, and the model again, which fails if `error` is given. */
export function supportRun(
  agent: string,
  given: { error?: string; success?: boolean } = {},
): RunSent {
  const root = hex(8);
  const system = { role: "system", parts: [{ type: "text", content: "You decide refunds." }] };
  const user = { role: "user", parts: [{ type: "text", content: USER_TEXT }] };
  const call = {
    role: "assistant",
    parts: [{ type: "tool_call", id: "call-1", name: "find_order", arguments: { order_id: 8812 } }],
  };
  const result = {
    role: "tool",
    parts: [{ type: "tool_call_response", id: "call-1", response: '{"status":"delivered"}' }],
  };
  const model = (input: object[], output: object[], tokens: [number, number]) => ({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": hex(8),
    "gen_ai.usage.input_tokens": tokens[0],
    "gen_ai.usage.output_tokens": tokens[1],
    "gen_ai.input.messages": JSON.stringify(input),
    "gen_ai.output.messages": JSON.stringify(output),
  });
  return {
    agent,
    spans: [
      {
        id: root,
        kind: "agent",
        name: agent,
        from: 0,
        to: 3000,
        ...(given.error ? { error: given.error } : {}),
        attributes: {
          ...(given.success === undefined ? {} : { "vedette.success": given.success }),
          "vedette.input": USER_TEXT,
        },
      },
      {
        parent: root,
        kind: "llm",
        name: "first call",
        from: 10,
        to: 1000,
        attributes: model([system, user], [call], [1800, 20]),
      },
      {
        parent: root,
        kind: "tool",
        name: "find_order",
        from: 1010,
        to: 1210,
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": "find_order",
          "gen_ai.tool.call.id": "call-1",
          "gen_ai.tool.call.arguments": '{"order_id":8812}',
          "gen_ai.tool.call.result": '{"status":"delivered"}',
        },
      },
      {
        parent: root,
        kind: "llm",
        name: "second call",
        from: 1220,
        to: 2990,
        ...(given.error ? { error: given.error } : {}),
        attributes: model(
          [system, user, call, result],
          given.error
            ? []
            : [{ role: "assistant", parts: [{ type: "text", content: "Refunded." }] }],
          [1900, given.error ? 0 : 12],
        ),
      },
    ],
  };
}

/** The same run, its calls made to another model, such as one that nobody has a price for. */
export function withModel(run: RunSent, model: string): RunSent {
  const names = { "gen_ai.request.model": model, "gen_ai.response.model": model };
  const spans = run.spans.map((span) =>
    span.kind === "llm" ? { ...span, attributes: { ...span.attributes, ...names } } : span,
  );
  return { ...run, spans };
}
