/** What a person would say of all agents; `when` is the range in words. Pure. */
import type { Agent } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

/** Fewer runs say nothing about how well an agent does. */
const RUNS_MIN = 5;
const POOR = 0.5;

export function agentsSentence(agents: Agent[], when: string): Words[] {
  if (agents.length === 0) return [{ text: `No agent ran${when}.` }];
  const runs = agents.reduce((sum, agent) => sum + agent.total_runs, 0);
  const poor = agents
    .filter(
      (agent) =>
        agent.success_rate !== null &&
        agent.success_count + agent.failure_count >= RUNS_MIN &&
        agent.failure_count / (agent.success_count + agent.failure_count) >= POOR,
    )
    .toSorted((a, b) => b.failure_count - a.failure_count);
  const who = agents.length === 1 ? "One agent" : `${formatCount(agents.length)} agents`;
  const [worst, ...others] = poor;
  if (!worst) return [{ text: `${who}, ${plural(runs, "run")}${when}.` }];
  const rest = agents.length - poor.length;
  return [
    { text: `${worst.name}: ` },
    {
      text: `${formatCount(worst.failure_count)} of ${plural(worst.total_runs, "run")} did not do their job`,
      tone: "bad",
    },
    { text: when },
    ...(others.length > 0
      ? [
          {
            text: `; half or more failed in ${others.length === 1 ? others[0]?.name : `${others.length} other agents`} too`,
          },
        ]
      : []),
    {
      text:
        rest > 0
          ? `. ${rest === 1 ? "One other agent ran." : `${formatCount(rest)} other agents ran.`}`
          : ".",
    },
  ];
}
