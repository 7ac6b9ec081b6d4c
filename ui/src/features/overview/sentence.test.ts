import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { overviewSentence, troubledFirst } from "./sentence";

const agent = (name: string, total_runs: number, given: object = {}) => ({
  name,
  total_runs,
  running_runs: 0,
  failed_runs: 0,
  success_count: 0,
  failure_count: 0,
  ...given,
});
const when = " in the last 24 hours";

it.each([
  [[], null, "Nothing ran in the last 24 hours."],
  [
    [agent("a", 3), agent("b", 1, { running_runs: 1 })],
    null,
    "All is well: 4 runs of 2 agents in the last 24 hours, none failed; 1 under way.",
  ],
  [
    [agent("a", 214, { failed_runs: 3 }), agent("b", 9), agent("c", 2)],
    "RateLimitError",
    "a: 3 of 214 runs failed in the last 24 hours, all with RateLimitError. The other 2 are well.",
  ],
  [
    [agent("a", 88, { success_count: 37, failure_count: 51 }), agent("b", 9, { failed_runs: 1 })],
    "ignored, since they did not fail",
    "a: 51 of 88 runs did not do their job in the last 24 hours. One other agent is in trouble too.",
  ],
  // One run of four that missed says nothing yet.
  [
    [agent("a", 4, { success_count: 1, failure_count: 3 })],
    null,
    "All is well: 4 runs of one agent in the last 24 hours, none failed.",
  ],
  [
    [agent("a", 2, { failed_runs: 2 }), agent("b", 1, { failed_runs: 1 }), agent("c", 1)],
    null,
    "a: all 2 runs failed in the last 24 hours. One other agent is in trouble too; the rest is well.",
  ],
])("%#", (agents, cause, expected) =>
  expect(sentenceText(overviewSentence(agents, when, cause))).toBe(expected),
);

it("names those in trouble first, the worst before, then those that run most", () => {
  const agents = [
    agent("few", 2),
    agent("bad", 9, { failed_runs: 1 }),
    agent("many", 70),
    agent("worst", 4, { failed_runs: 3 }),
  ];
  expect(troubledFirst(agents).map(({ name }) => name)).toEqual(["worst", "bad", "many", "few"]);
});
