/** Where a rule leads: to what it read when it fired, or reads now. Pure. */
import type { Alert, Condition } from "../../api/types";
import { FAILED, type RunsSearch } from "../runs/search";
import { isComposite, windowSeconds } from "./conditions";

export interface Behind {
  words: string;
  /** What the list of runs is narrowed to; null leads to the heartbeats. */
  runs: RunsSearch | null;
}

type Read = Pick<Alert, "when" | "on" | "window_seconds" | "firing_since" | "last_fired_at">;

/** One for each of its conditions, each once; of a rule that never fired, the runs of its last window. */
export function behind(alert: Read, now: number): Behind[] {
  const found = new Map<string, Behind>();
  for (const condition of flat(alert.when)) {
    const each = behindOne(condition, alert, now);
    if (!found.has(each.words)) found.set(each.words, each);
  }
  return [...found.values()];
}

function flat(condition: Condition): Exclude<Condition, { of: Condition[] }>[] {
  return isComposite(condition) ? condition.of.flatMap(flat) : [condition];
}

function behindOne(condition: ReturnType<typeof flat>[number], alert: Read, now: number): Behind {
  // Each part of a target is a filter of the same name.
  const on = Object.fromEntries(Object.entries(alert.on).filter(([, value]) => value));
  const window = { ...on, ...windowOf(condition, alert, now) };
  switch (condition.type) {
    case "failure_rate":
    case "errors":
      return { words: "failed runs", runs: { ...window, status: FAILED } };
    case "latency_threshold":
      return { words: "slowest runs", runs: { ...window, sort: "slowest" } };
    case "cost_threshold":
    case "cost_per_run":
    case "spend_anomaly":
      return { words: "dearest runs", runs: { ...window, sort: "dearest" } };
    case "tokens":
    case "score_below":
      return { words: "runs", runs: window };
    case "inactivity":
      return { words: "newest runs", runs: on };
    case "stalled_run":
      return { words: "running runs", runs: { ...on, status: "running" } };
    case "missed_heartbeat":
      return { words: "heartbeats", runs: null };
  }
}

/** The window before it fired; while it fires, until now. */
function windowOf(condition: Condition, alert: Read, now: number): RunsSearch {
  const firedAt = alert.firing_since ?? alert.last_fired_at;
  const endMs = firedAt ? Date.parse(firedAt) : now;
  const sinceMs =
    condition.type === "spend_anomaly"
      ? Math.floor(endMs / 86_400_000) * 86_400_000
      : endMs - windowSeconds(condition, alert.window_seconds) * 1000;
  const since = new Date(sinceMs).toISOString();
  return alert.firing_since || !firedAt ? { since } : { since, until: firedAt };
}
