/** The figures of a range with those of the range before behind them. */
import type { Stats } from "../../api/types";
import { Cost, Duration, SuccessRate } from "../../grammar/figures";
import { formatCost, formatCount, formatDuration, formatShare, plural } from "../../grammar/format";
import type { Tile } from "../../ui/Tiles";
import { Unknown } from "../../ui/Unknown";

export function figureTiles(stats: Stats, before: Stats | undefined, unpriced: number): Tile[] {
  return [
    {
      name: "Runs",
      value: formatCount(stats.total_runs),
      note: before ? `${formatCount(before.total_runs)} before` : null,
    },
    {
      name: "Failed",
      value: (
        <span className={stats.failed_runs > 0 ? "bad" : ""}>{formatCount(stats.failed_runs)}</span>
      ),
      note: before ? `${formatCount(before.failed_runs)} before` : null,
    },
    {
      name: "Success rate",
      value: (
        <SuccessRate
          rate={stats.success_rate}
          success={stats.success_count}
          failure={stats.failure_count}
          noSignal={stats.no_signal_count}
        />
      ),
      note: [
        ...(before && before.success_rate !== null
          ? [`${formatShare(before.success_rate)} before`]
          : [`${formatCount(stats.success_count)} of ${formatCount(stats.total_runs)}`]),
        ...(stats.no_signal_count > 0
          ? [`${formatCount(stats.no_signal_count)} gave no signal`]
          : []),
      ].join(", "),
    },
    {
      name: "Cost",
      value: <Cost usd={stats.total_cost_usd} />,
      note: [
        ...(before && before.total_runs > 0 && before.total_cost_usd !== null
          ? [`${formatCost(before.total_cost_usd)} before`]
          : []),
        ...(unpriced > 0 ? [`${plural(unpriced, "model")} unpriced`] : []),
      ].join(", "),
    },
    {
      name: "p95 duration",
      value:
        stats.p95_latency_ms === null ? (
          <Unknown reason="no run has ended" />
        ) : (
          <Duration ms={stats.p95_latency_ms} />
        ),
      note:
        before && before.p95_latency_ms !== null
          ? `${formatDuration(before.p95_latency_ms)} before`
          : null,
    },
    { name: "Running now", value: formatCount(stats.running_runs) },
  ];
}
