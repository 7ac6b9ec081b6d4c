/** How many runs began when, and how many of them failed. */
import { plural } from "../grammar/format";
import { formatCount } from "../grammar/format";
import { TimeChart } from "./TimeChart";
import type { Frame, Stretch } from "./timeBars";
import type { Bucket } from "./useOverTime";

export function RunsOverTime({
  frame,
  stretches,
  runs,
}: {
  frame: Frame;
  stretches: Stretch<Bucket>[];
  runs: { [param: string]: string };
}) {
  return (
    <TimeChart
      label="Runs over time, failed ones in red"
      kind="bars"
      frame={frame}
      stretches={stretches}
      mark={(bucket) => ({
        value: bucket?.total_runs ?? 0,
        bad: bucket?.failed_runs ?? 0,
        words: `${plural(bucket?.total_runs ?? 0, "run")}${
          bucket && bucket.failed_runs > 0 ? `, ${formatCount(bucket.failed_runs)} failed` : ""
        }`,
      })}
      format={formatCount}
      wholeNumbers
      runs={runs}
    />
  );
}
