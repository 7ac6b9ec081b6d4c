import fc from "fast-check";
import { expect, it } from "vitest";
import type { Condition } from "../../api/types";
import {
  CONDITIONS,
  conditionOf,
  conditionWords,
  draftOf,
  newDraft,
  SIMPLE_TYPES,
  targetWords,
} from "./conditions";

it.each<[Condition, number | null, string]>([
  [{ type: "failure_rate", over: 0.2 }, null, "more than 20 % of runs fail within 1 hour"],
  [{ type: "failure_rate", over: 0.07 }, 1800, "more than 7 % of runs fail within 30 minutes"],
  [{ type: "inactivity", hours: 6 }, null, "no run began for 6 hours"],
  [{ type: "cost_threshold", over_usd: "5.5" }, null, "runs cost over $5.5 within 1 day"],
  [
    { type: "errors", over: 3, kind: "RateLimitError" },
    7200,
    "more than 3 runs fail with RateLimitError within 2 hours",
  ],
  [
    { type: "latency_threshold", over_p95_ms: 2500 },
    null,
    "p95 latency is over 2.5 s within 1 hour",
  ],
  [
    {
      type: "all",
      of: [
        { type: "missed_heartbeat" },
        {
          type: "any",
          of: [
            { type: "tokens", over: 1e6 },
            { type: "stalled_run", minutes: 5 },
          ],
        },
      ],
    },
    null,
    "an expected run is missing and (runs use over 1,000,000 tokens within 1 day or a run shows no sign for 5 minutes)",
  ],
])("%j over %j is said in words", (condition, windowSeconds, words) => {
  expect(conditionWords(condition, windowSeconds)).toBe(words);
});

it("knows each kind's first values", () => {
  for (const type of SIMPLE_TYPES) {
    const condition = conditionOf(newDraft(type)) as Record<string, unknown>;
    for (const { name, kind, optional } of CONDITIONS[type].fields) {
      if (kind === "number") expect(condition[name], `${type}.${name}`).toBeTypeOf("number");
      else expect(optional === true || typeof condition[name] === "string").toBe(true);
    }
  }
});

it("reads back what a form shows, whatever the numbers and however deep", () => {
  const amount = fc.integer({ min: 0, max: 1e9 }).map((thousandths) => thousandths / 1000);
  const simple = fc.oneof(
    amount.map((over): Condition => ({ type: "failure_rate", over })),
    amount.map((over_p95_ms): Condition => ({ type: "latency_threshold", over_p95_ms })),
    amount.map((hours): Condition => ({ type: "inactivity", hours })),
    fc.constant<Condition>({ type: "missed_heartbeat" }),
    fc.constant<Condition>({ type: "errors", over: 3 }),
    fc.constant<Condition>({ type: "cost_per_run", over_usd: "0.25" }),
  );
  const nested = fc
    .array(simple, { minLength: 2, maxLength: 3 })
    .map((of): Condition => ({ type: "any", of: [{ type: "all", of }, ...of] }));
  fc.assert(
    fc.property(fc.oneof(simple, nested), (condition) => {
      expect(conditionOf(draftOf(condition))).toEqual(condition);
    }),
  );
});

it("says on which runs", () => {
  expect(targetWords({})).toBe("");
  expect(targetWords({ tag: "live", agent: "desk" })).toBe("agent desk, tag live");
});
