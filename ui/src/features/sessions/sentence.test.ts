import { expect, it } from "vitest";
import type { Session } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { sessionSentence, sessionsSentence } from "./sentence";

const session = (given: Partial<Session>) =>
  ({ total_runs: 1, failed_runs: 0, running_runs: 0, user_id: null, ...given }) as Session;

it.each<[Session[], boolean, string]>([
  [[], false, "No sessions."],
  [[session({}), session({})], false, "2 sessions; no run in them failed."],
  [
    [session({ user_id: "a" }), session({ user_id: "a", failed_runs: 3 })],
    false,
    "2 sessions of 1 user; in 1 a run failed.",
  ],
  [[session({ user_id: "a" })], true, "The last 1 session of 1 user; no run in them failed."],
])("%j", (sessions, more, expected) =>
  expect(sentenceText(sessionsSentence(sessions, more))).toBe(expected),
);

it.each<[Partial<Session>, string]>([
  [{ total_runs: 3 }, "3 runs."],
  [{ total_runs: 3, failed_runs: 1, user_id: "ann" }, "3 runs with ann: 1 failed."],
  [{ total_runs: 3, failed_runs: 1, running_runs: 1 }, "3 runs: 1 failed, 1 under way."],
])("%j is said as %s", (given, expected) =>
  expect(sentenceText(sessionSentence(session(given)))).toBe(expected),
);
