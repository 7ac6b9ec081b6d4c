/** The charts of an agent's page: runs, success, cost and duration over time, under one cursor. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import {
  formatCost,
  formatCount,
  formatDuration,
  formatShare,
  plural,
  rounded,
} from "../grammar/format";
import { bucketWords } from "../grammar/range";
import { Panel, Panels } from "../ui/Panel";
import { TimeCursor } from "./cursor";
import { RunsOverTime } from "./RunsOverTime";
import { TimeChart, type TimeChartProps } from "./TimeChart";
import type { Bucket, OverTime } from "./useOverTime";

export function FigureCharts({
  overTime,
  runs,
  zone,
}: {
  overTime: OverTime;
  runs: { [param: string]: string };
  zone: string;
}) {
  const { frame, stretches, bucket } = overTime;
  if (!frame) return null;
  const each = bucketWords(bucket);
  const shared = { frame, stretches, runs };
  return (
    <TimeCursor>
      <Panels>
        <Panel title={`Runs, failed in red, ${each}`} note={zone}>
          <RunsOverTime {...shared} />
        </Panel>
        <Chart
          title={`Success rate, ${each}`}
          label="Success rate over time"
          kind="line"
          top={1}
          nothing={
            <p>
              No run of this range said whether it did its job. <code>run.set_outcome(True)</code>{" "}
              does, or a{" "}
              <Link to="/checks" className="link">
                check
              </Link>{" "}
              of what it answers.
            </p>
          }
          format={(share) => `${Math.round(share * 100)} %`}
          mark={(figures) => ({
            value: figures?.success_rate ?? null,
            words:
              figures?.success_rate == null
                ? "no run said"
                : `${formatShare(figures.success_rate)} of ${plural(figures.total_runs, "run")}`,
          })}
          {...shared}
        />
        <Chart
          title={`Cost, ${each}`}
          label="Cost over time"
          kind="bars"
          nothing="No run of this range has a known cost."
          format={(usd) => rounded(formatCost(String(usd)))}
          mark={(figures) => ({
            value: figures?.total_cost_usd == null ? null : Number(figures.total_cost_usd),
            words:
              figures?.total_cost_usd == null
                ? "no known cost"
                : `${formatCost(figures.total_cost_usd)} for ${plural(figures.total_runs, "run")}`,
          })}
          {...shared}
        />
        <Chart
          title={`p95 duration, ${each}`}
          label="p95 duration over time"
          kind="line"
          nothing="No run of this range has ended."
          format={(ms) => (ms === 0 ? "0" : rounded(formatDuration(ms)))}
          mark={(figures) => ({
            value: figures?.p95_latency_ms ?? null,
            words:
              figures?.p95_latency_ms == null
                ? "no run ended"
                : `${formatDuration(figures.p95_latency_ms)} over ${formatCount(figures.completed_runs)} ended`,
          })}
          {...shared}
        />
      </Panels>
    </TimeCursor>
  );
}

function Chart({ title, ...chart }: { title: ReactNode } & TimeChartProps<Bucket>) {
  return (
    <Panel title={title}>
      <TimeChart {...chart} />
    </Panel>
  );
}
