import { expect, it } from "vitest";
import type { Run, Span } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { runSentence } from "./sentence";

const run = (given: Partial<Run>) =>
  ({
    status: "success",
    success: null,
    outcome: null,
    duration_ms: 22_500,
    model_calls: 4,
    tool_calls: 1,
    failed_children: 0,
    error: null,
    ...given,
  }) as Run;

const span = (given: Partial<Span>) => ({ tool: null, error: null, ...given }) as Span;

it.each<[Partial<Run>, Span | null, string]>([
  [{}, null, "Finished in 22.5 s; it did not say whether it did its job."],
  [{ success: true }, null, "Did its job in 22.5 s."],
  [{ success: true, outcome: "reward 1" }, null, "Did its job in 22.5 s: reward 1."],
  [{ success: false, outcome: "reward 0" }, null, "Finished, but did not do its job: reward 0."],
  [
    { success: false, failed_children: 2 },
    null,
    "Finished, but did not do its job. 2 child runs of it failed.",
  ],
  [{ outcome: "escalated" }, null, "Finished in 22.5 s: escalated."],
  [
    { status: "failed", error: { type: "RateLimitError", message: "429 too\nmany" } },
    span({ name: "chat gpt-4o" }),
    "Failed after 22.5 s in chat gpt-4o: 429 too many.",
  ],
  [
    { status: "failed", error: { type: "StepFailed", message: "step failed" } },
    span({ name: "rank-45", error: { type: "OSError", message: "disk is full" } }),
    "Failed after 22.5 s in rank-45: disk is full.",
  ],
  [
    { status: "failed", error: { type: null, message: "step failed" } },
    span({ name: "execute_tool", tool: "search", error: { type: "Timeout", message: null } }),
    "Failed after 22.5 s in search: Timeout.",
  ],
  [
    { status: "failed", error: { type: "Boom", message: null } },
    null,
    "Failed after 22.5 s: Boom.",
  ],
  [{ status: "failed", duration_ms: null }, null, "Failed."],
  [{ status: "timeout" }, null, "Timed out after 22.5 s."],
  [{ status: "cancelled" }, null, "Cancelled after 22.5 s."],
  [
    { status: "running", duration_ms: null },
    null,
    "Under way: 4 model calls and 1 tool call so far.",
  ],
])("%#", (given, failing, expected) =>
  expect(sentenceText(runSentence(run(given), failing))).toBe(expected),
);
