/** Is all well? What a person would say of everything that ran, from the agents' figures. Pure. */
import type { Agent, Run } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import { rangeWords, type RangeSearch } from "../../grammar/range";
import type { Words } from "../../ui/Sentence";
import { DEFAULT_RANGE } from "./search";

/** Fewer judged runs say nothing about how well an agent does. */
const JUDGED_MIN = 5;
const POOR = 0.5;
/** Of so many failed runs the page looks at what they have in common. */
export const FAILED_SEEN = 100;

type Figures = Pick<
  Agent,
  "name" | "total_runs" | "running_runs" | "failed_runs" | "success_count" | "failure_count"
>;

/** Broke: failed or timed out. Poor: half or more of those that say so did not do their job. */
export function trouble(agent: Figures): { broke: number; missed: number } {
  const judged = agent.success_count + agent.failure_count;
  const poor = judged >= JUDGED_MIN && agent.failure_count / judged >= POOR;
  return { broke: agent.failed_runs, missed: poor ? agent.failure_count : 0 };
}

const weight = (agent: Figures) => Math.max(trouble(agent).broke, trouble(agent).missed);

/** The agents in trouble, the worst first. */
export function troubled<A extends Figures>(agents: A[]): A[] {
  return agents
    .filter((agent) => weight(agent) > 0)
    .toSorted((a, b) => weight(b) - weight(a) || b.total_runs - a.total_runs);
}

/** Those in trouble, the worst first, then those that run most. */
export function troubledFirst<A extends Figures>(agents: A[]): A[] {
  const bad = troubled(agents);
  const others = agents.filter((agent) => !bad.includes(agent));
  return [...bad, ...others.toSorted((a, b) => b.total_runs - a.total_runs)];
}

/** `cause`: what all failed runs of the worst agent have in common, if they do. */
export function overviewSentence(agents: Figures[], when: string, cause: string | null): Words[] {
  const runs = agents.reduce((sum, agent) => sum + agent.total_runs, 0);
  const running = agents.reduce((sum, agent) => sum + agent.running_runs, 0);
  if (runs === 0) return [{ text: `Nothing ran${when}.` }];
  const [worst, ...others] = troubled(agents);
  if (!worst) {
    const who = agents.length === 1 ? "one agent" : `${formatCount(agents.length)} agents`;
    const under = running > 0 ? `; ${formatCount(running)} under way` : "";
    return [
      { text: "All is well", tone: "good" },
      { text: `: ${plural(runs, "run")} of ${who}${when}, none failed${under}.` },
    ];
  }
  const { broke, missed } = trouble(worst);
  const [count, verb] =
    broke >= missed
      ? [broke, "failed"]
      : [missed, `did not do ${missed === 1 ? "its" : "their"} job`];
  const share =
    count === worst.total_runs && count > 1
      ? `all ${formatCount(count)} runs ${verb}`
      : `${formatCount(count)} of ${plural(worst.total_runs, "run")} ${verb}`;
  const well = agents.length - 1 - others.length;
  return [
    { text: `${worst.name}: ` },
    { text: share, tone: "bad" },
    { text: when },
    ...(cause && verb === "failed"
      ? [{ text: count === 1 ? ", with " : ", all with " }, { text: cause, code: true }]
      : []),
    { text: `.${rest(others.length, well)}` },
  ];
}

/** The same, from the page's answers; `failed` are runs of the worst agent, as far as they are known. */
export function overviewWords(
  agents: Figures[],
  { since, until }: RangeSearch,
  failed: Pick<Run, "error">[],
): Words[] {
  const when = rangeWords(until ? since : (since ?? DEFAULT_RANGE), until);
  const worst = troubled(agents)[0];
  return overviewSentence(agents, when, worst ? commonError(failed, worst.failed_runs) : null);
}

/** What every failed run says, if they were all seen and say the same. */
function commonError(runs: Pick<Run, "error">[], failed: number): string | null {
  const types = new Set(runs.map(({ error }) => error?.type ?? null));
  const [type] = types;
  return types.size === 1 && runs.length >= Math.min(failed, FAILED_SEEN) ? (type ?? null) : null;
}

function rest(troubledToo: number, well: number): string {
  const too =
    troubledToo === 0
      ? ""
      : troubledToo === 1
        ? " One other agent is in trouble too"
        : ` ${formatCount(troubledToo)} other agents are in trouble too`;
  if (well === 0) return too ? `${too}.` : "";
  const others = troubledToo > 0 ? "rest" : well === 1 ? "other one" : `other ${formatCount(well)}`;
  const are = others === "other one" || (others === "rest" && well === 1) ? "is" : "are";
  return too ? `${too}; the ${others} ${are} well.` : ` The ${others} ${are} well.`;
}
