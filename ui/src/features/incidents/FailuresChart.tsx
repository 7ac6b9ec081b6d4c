/** How many runs failed so, and when. */
import { TimeChart } from "../../charts/TimeChart";
import { formatCount, plural } from "../../grammar/format";
import type { FailuresDrawn } from "./failures";

export function FailuresChart({
  drawn,
  agent,
  cause,
}: {
  drawn: FailuresDrawn;
  agent: string | null;
  cause: string;
}) {
  return (
    <TimeChart
      label="Failures over time"
      kind="bars"
      frame={drawn.frame}
      stretches={drawn.stretches}
      mark={(bucket) => ({
        value: bucket?.count ?? 0,
        bad: bucket?.count ?? 0,
        words: plural(bucket?.count ?? 0, "failure"),
      })}
      format={formatCount}
      wholeNumbers
      // A run that did not pass a check has not failed.
      runs={{ ...(agent ? { agent } : {}), ...(cause === "check" ? {} : { status: "failed" }) }}
    />
  );
}
