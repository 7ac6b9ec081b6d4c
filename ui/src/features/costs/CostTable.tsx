/** Costs by one thing: each with its share, its runs and what one of them costs. */
import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { Cost, Tokens } from "../../grammar/figures";
import { formatCount, formatShare } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { AgentLink } from "../../grammar/links";
import type { RangeSearch } from "../../grammar/range";
import { RankList } from "../../ui/RankList";
import { Unknown } from "../../ui/Unknown";
import type { GroupBy } from "./search";

const SHOWN = 20;

const SILENT: Record<GroupBy | "model", string> = {
  model: "reported without a model",
  agent: "no agent named",
  workflow: "no workflow named",
  customer: "no customer named",
  feature: "no feature named",
  user: "no user named",
};

export function CostTable({
  label,
  what,
  costs,
  search,
  withRuns,
}: {
  label: string;
  what: GroupBy | "model";
  costs: Costs;
  search: RangeSearch;
  withRuns: boolean;
}) {
  if (costs.rows.length === 0) return <p className="dim">Nothing ran in this range.</p>;
  if (costs.rows.every(({ key }) => key === null) && what !== "model") {
    return (
      <p className="dim">
        No run in this range has its {what} named. The attribute <code>{ATTRIBUTES[what]}</code> on
        a run's span does it.
      </p>
    );
  }
  const none = `none of its calls has a known price`;
  return (
    <>
      <RankList
        label={label}
        headers={[
          what,
          "",
          "cost",
          "share",
          ...(withRuns ? ["runs", "average run"] : ["calls", "tokens"]),
        ]}
        minor={["share", "tokens"]}
        first={SHOWN}
        rows={costs.rows.map((row) => ({
          id: row.key ?? "",
          name: <Name what={what} value={row.key} search={search} />,
          share: row.share ?? 0,
          figures: [
            row.cost_usd === null ? (
              <Unknown key="cost" reason={none} />
            ) : (
              <Cost key="cost" usd={row.cost_usd} />
            ),
            row.share === null ? "" : formatShare(row.share),
            ...(withRuns
              ? [
                  formatCount(row.runs),
                  row.avg_cost_per_run_usd === null ? (
                    <Unknown key="avg" reason={none} />
                  ) : (
                    <Cost key="avg" usd={row.avg_cost_per_run_usd} />
                  ),
                ]
              : [formatCount(row.model_calls), <Tokens key="tokens" tokens={row.tokens} />]),
          ],
        }))}
      />
    </>
  );
}

const ATTRIBUTES: Record<GroupBy, string> = {
  agent: "vedette.agent",
  workflow: "vedette.workflow",
  customer: "vedette.customer_id",
  feature: "vedette.feature",
  user: "user.id",
};

function Name({
  what,
  value,
  search,
}: {
  what: GroupBy | "model";
  value: string | null;
  search: RangeSearch;
}) {
  if (value === null) return <span className="dim">{SILENT[what]}</span>;
  if (what === "agent") return <AgentLink name={value} range={search} />;
  return (
    <Link to="/runs" search={{ ...search, [what]: value }} title={value}>
      {what === "model" ? <KindIcon kind="llm" /> : null}{" "}
      <bdi className={what === "model" ? "mono" : ""}>{value}</bdi>
    </Link>
  );
}
