import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { agentSentence } from "./sentence";

const stats = {
  total_runs: 200,
  running_runs: 0,
  failed_runs: 0,
  success_count: 84,
  failure_count: 116,
  success_rate: 0.42,
  avg_cost_per_run_usd: "0.091390438" as string | null,
};

it.each([
  [stats, "200 runs today, none failed; 42.0 % did their job, $0.0914 each."],
  [
    { ...stats, failed_runs: 3, success_rate: null, avg_cost_per_run_usd: null },
    "3 of 200 runs failed today.",
  ],
  [
    { ...stats, failed_runs: 200, success_rate: null, avg_cost_per_run_usd: "0" },
    "All 200 runs failed today.",
  ],
  [{ ...stats, total_runs: 0 }, "It did not run today."],
  [{ ...stats, total_runs: 1, running_runs: 1 }, "1 run under way."],
])("%#", (figures, expected) =>
  expect(sentenceText(agentSentence(figures, " today"))).toBe(expected),
);
