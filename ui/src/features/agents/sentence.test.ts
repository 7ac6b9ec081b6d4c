import { expect, it } from "vitest";
import type { Agent } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { agentsSentence } from "./sentence";

const agent = (name: string, success: number, failure: number, silent = 0) =>
  ({
    name,
    total_runs: success + failure + silent,
    success_count: success,
    failure_count: failure,
    no_signal_count: silent,
    success_rate: success + failure > 0 ? success / (success + failure + silent) : null,
  }) as Agent;

it.each<[Agent[], string, string]>([
  [[], " in the last 24 hours", "No agent ran in the last 24 hours."],
  [[agent("a", 3, 0)], "", "One agent, 3 runs."],
  [
    [agent("a", 90, 10), agent("b", 0, 0, 7)],
    " in the last 7 days",
    "2 agents, 107 runs in the last 7 days.",
  ],
  [[agent("a", 0, 3)], "", "One agent, 3 runs."],
  [
    [agent("desk", 37, 51), agent("b", 9, 1), agent("c", 0, 0, 2)],
    " in the last 24 hours",
    "desk: 51 of 88 runs did not do their job in the last 24 hours. 2 other agents ran.",
  ],
  [
    [agent("desk", 37, 51), agent("b", 1, 9)],
    "",
    "desk: 51 of 88 runs did not do their job; half or more failed in b too.",
  ],
])("%#", (agents, when, expected) =>
  expect(sentenceText(agentsSentence(agents, when))).toBe(expected),
);
