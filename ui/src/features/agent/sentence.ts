/** What a person would say of one agent, from its figures. Pure. */
import type { Stats } from "../../api/types";
import { formatCost, formatCount, formatShare, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

type Figures = Pick<
  Stats,
  | "total_runs"
  | "running_runs"
  | "failed_runs"
  | "success_count"
  | "failure_count"
  | "success_rate"
  | "avg_cost_per_run_usd"
>;

export function agentSentence(stats: Figures, when: string): Words[] {
  const { total_runs: total, running_runs: running, failed_runs: failed } = stats;
  if (total === 0) return [{ text: `It did not run${when}.` }];
  if (running === total) return [{ text: `${plural(running, "run")} under way.` }];
  const words: Words[] = [];
  if (failed > 0) {
    const share =
      failed === total && total > 1
        ? `All ${formatCount(total)} runs`
        : `${formatCount(failed)} of ${plural(total, "run")}`;
    words.push({ text: `${share} failed`, tone: "bad" }, { text: when });
  } else {
    words.push({ text: `${plural(total, "run")}${when}, none failed` });
  }
  const {
    success_rate: rate,
    failure_count: missed,
    success_count: did,
    avg_cost_per_run_usd: cost,
  } = stats;
  if (rate !== null) {
    const poor = missed > did;
    words.push(
      { text: "; " },
      { text: `${formatShare(rate)} did their job`, ...(poor ? { tone: "bad" as const } : {}) },
    );
  }
  if (cost !== null && Number(cost) > 0) words.push({ text: `, ${formatCost(cost)} each` });
  return [...words, { text: "." }];
}
