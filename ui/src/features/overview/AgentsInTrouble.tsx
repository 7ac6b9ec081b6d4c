/** Failures by agent: those in trouble first, each drawn as the part of its runs that went wrong. */
import { Link } from "@tanstack/react-router";
import type { Agent } from "../../api/types";
import { SuccessRate } from "../../grammar/figures";
import { formatCount } from "../../grammar/format";
import { AgentLink } from "../../grammar/links";
import type { RangeSearch } from "../../grammar/range";
import type { PageRange } from "../../grammar/useRange";
import { Panel } from "../../ui/Panel";
import { RankList } from "../../ui/RankList";
import { AgentSparkline } from "../agents/AgentSparkline";
import { FAILED } from "../runs/search";
import { AGENTS_SHOWN } from "./queries";
import { trouble, troubledFirst } from "./sentence";

export function AgentsInTrouble({
  agents,
  range,
  search,
}: {
  agents: Agent[];
  range: PageRange;
  search: RangeSearch;
}) {
  const shown = troubledFirst(agents).slice(0, AGENTS_SHOWN);
  return (
    <Panel
      title="Failures by agent"
      note={
        <Link to="/agents" search={search} className="link">
          {agents.length > shown.length
            ? `${formatCount(shown.length)} of ${formatCount(agents.length)}: all agents`
            : "All agents"}
        </Link>
      }
    >
      <RankList
        label="Failures by agent"
        headers={["agent", "runs over time", "runs", "failed", "success"]}
        rows={shown.map((agent) => ({
          id: agent.name,
          name: <AgentLink name={agent.name} range={search} />,
          share: null,
          drawing: <AgentSparkline agent={agent} range={range} />,
          figures: [
            formatCount(agent.total_runs),
            agent.failed_runs > 0 ? (
              <Link
                key="failed"
                to="/runs"
                search={{ ...search, agent: agent.name, status: FAILED }}
                className="bad"
              >
                {formatCount(agent.failed_runs)}
              </Link>
            ) : (
              <span key="failed" className="faint">
                0
              </span>
            ),
            <span key="rate" className={trouble(agent).missed > 0 ? "bad" : ""}>
              <SuccessRate
                rate={agent.success_rate}
                success={agent.success_count}
                failure={agent.failure_count}
                noSignal={agent.no_signal_count}
              />
            </span>,
          ],
        }))}
      />
    </Panel>
  );
}
