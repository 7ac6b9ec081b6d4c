/** An agent's runs by what they said of themselves: the outcome, or the agent's version. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FailureLine } from "../../app/Failure";
import { Ago } from "../../grammar/figures";
import { formatCost, formatCount, formatDuration, formatShare } from "../../grammar/format";
import type { RangeSearch } from "../../grammar/range";
import type { PageRange } from "../../grammar/useRange";
import { Panel } from "../../ui/Panel";
import { RankList } from "../../ui/RankList";
import { Loading } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { groupsQuery, type Group } from "./queries";

const HOW = {
  outcome: { title: "Outcomes", attribute: "outcome", silent: "no outcome" },
  version: { title: "Versions", attribute: "vedette.version", silent: "no version" },
};

export function Groups({
  agent,
  by,
  range,
  search,
}: {
  agent: string;
  by: "outcome" | "version";
  range: PageRange;
  search: RangeSearch;
}) {
  const groups = useQuery(groupsQuery(range.asked, by, agent));
  const { title, attribute, silent } = HOW[by];
  const rows = groups.data ?? [];
  const runs = rows.reduce((sum, group) => sum + group.runs, 0);
  const said = rows.some(({ name }) => name !== null);
  return (
    <Panel title={title}>
      {groups.isLoadingError ? (
        <FailureLine error={groups.error} onRetry={() => void groups.refetch()} />
      ) : groups.isPending ? (
        <Loading label={`Loading the ${title.toLowerCase()}`} rows={2} />
      ) : !said ? (
        <p className="dim">
          {by === "outcome" ? (
            <>
              No run named its outcome. <code>run.set_outcome(success=…, outcome="…")</code> does.
            </>
          ) : (
            <>
              No run named its version. The attribute <code>{attribute}</code> on the agent's span
              does.
            </>
          )}
        </p>
      ) : (
        <RankList
          label={title}
          headers={[
            by,
            "",
            "runs",
            "did its job",
            "average cost",
            "p95",
            ...(by === "version" ? ["last run"] : []),
          ]}
          minor={["p95", "last run"]}
          rows={rows.map((group) => ({
            id: group.name ?? "",
            name: <GroupName group={group} by={by} agent={agent} search={search} silent={silent} />,
            share: runs > 0 ? group.runs / runs : null,
            figures: [
              formatCount(group.runs),
              group.success + group.failure === 0 ? (
                <Unknown key="rate" reason="no run said whether it did its job" />
              ) : (
                <span key="rate" title={`${group.success} did, ${group.failure} did not`}>
                  {formatShare(group.success / group.runs)}
                </span>
              ),
              group.avgCostUsd === null ? (
                <Unknown key="cost" reason="no run has a known cost" />
              ) : (
                formatCost(String(group.avgCostUsd))
              ),
              group.p95Ms === null ? (
                <Unknown key="p95" reason="no run has ended" />
              ) : (
                formatDuration(group.p95Ms)
              ),
              ...(by === "version" ? [<Ago key="last" at={group.lastRunAt} />] : []),
            ],
          }))}
        />
      )}
    </Panel>
  );
}

function GroupName({
  group,
  by,
  agent,
  search,
  silent,
}: {
  group: Group;
  by: "outcome" | "version";
  agent: string;
  search: RangeSearch;
  silent: string;
}) {
  if (group.name === null) return <span className="dim">{silent}</span>;
  return (
    <Link to="/runs" search={{ ...search, agent, [by]: group.name }} title={group.name}>
      <bdi>{group.name}</bdi>
    </Link>
  );
}
