import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { formatCost, formatCount, formatShare } from "../../grammar/format";
import type { RangeSearch } from "../../grammar/range";
import { Panel } from "../../ui/Panel";
import { RankList } from "../../ui/RankList";

const SHOWN = 6;

export function CostByModel({
  costs,
  range,
}: {
  costs: UseQueryResult<Costs>;
  range: RangeSearch;
}) {
  const rows = (costs.data?.rows ?? []).filter(
    ({ cost_usd }) => cost_usd !== null && cost_usd !== "0",
  );
  return (
    <Panel
      title="Cost by model"
      note={
        <Link to="/costs" search={range} className="link">
          {rows.length > SHOWN
            ? `${formatCount(SHOWN)} of ${formatCount(rows.length)}: all costs`
            : "All costs"}
        </Link>
      }
    >
      {costs.isLoadingError ? (
        <FailureLine error={costs.error} onRetry={() => void costs.refetch()} />
      ) : costs.data && rows.length === 0 ? (
        <p className="dim">Nothing with a known price was called.</p>
      ) : (
        <RankList
          label="Cost by model"
          headers={["model", "", "cost", "share"]}
          rows={rows.slice(0, SHOWN).map(({ key, cost_usd, share }) => ({
            id: key ?? "",
            name:
              key === null ? (
                <span className="dim">reported without a model</span>
              ) : (
                <Link to="/runs" search={{ ...range, model: key }} className="mono" title={key}>
                  {key}
                </Link>
              ),
            share,
            figures: [formatCost(cost_usd ?? "0"), share === null ? "" : formatShare(share)],
          }))}
        />
      )}
    </Panel>
  );
}
