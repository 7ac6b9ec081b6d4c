import { expect, it } from "vitest";
import type { Condition } from "../../api/types";
import { behind } from "./behind";

const now = Date.parse("2026-03-14T12:00:00.000Z");
const clock = (hour: string) => `2026-03-14T${hour}:00.000Z`;
const rule = (when: Condition, more = {}) => ({
  when,
  on: { agent: "desk" },
  window_seconds: null,
  firing_since: clock("10:00"),
  last_fired_at: clock("10:00"),
  ...more,
});
const FAILS: Condition = { type: "failure_rate", over: 0.2 };

it.each([
  [FAILS, {}, { agent: "desk", status: "failed,timeout", since: clock("09:00") }],
  [
    FAILS,
    { window_seconds: 7200 },
    { agent: "desk", status: "failed,timeout", since: clock("08:00") },
  ],
  // It is over: the window that it fired for.
  [
    FAILS,
    { firing_since: null },
    { agent: "desk", status: "failed,timeout", since: clock("09:00"), until: clock("10:00") },
  ],
  [
    FAILS,
    { firing_since: null, last_fired_at: null, on: { tag: "live", agent: null } },
    { tag: "live", status: "failed,timeout", since: clock("11:00") },
  ],
  [
    { type: "cost_threshold", over_usd: "1" } as Condition,
    {},
    { agent: "desk", sort: "dearest", since: "2026-03-13T10:00:00.000Z" },
  ],
  [
    { type: "spend_anomaly", sigma: 2 } as Condition,
    {},
    { agent: "desk", sort: "dearest", since: clock("00:00") },
  ],
  [{ type: "stalled_run", minutes: 5 } as Condition, {}, { agent: "desk", status: "running" }],
  [{ type: "missed_heartbeat" } as Condition, {}, null],
])("%#: a rule leads to the runs that it read", (when, more, runs) => {
  expect(behind(rule(when, more), now).map((each) => each.runs)).toEqual([runs]);
});

it("leads from each condition of several, each once", () => {
  const errors: Condition = { type: "errors", over: 3 };
  const several: Condition = {
    type: "all",
    of: [FAILS, { type: "any", of: [errors, { type: "missed_heartbeat" }] }],
  };
  expect(behind(rule(several), now).map(({ words }) => words)).toEqual([
    "failed runs",
    "heartbeats",
  ]);
});
