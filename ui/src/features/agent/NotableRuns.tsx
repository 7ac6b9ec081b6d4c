import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { someRunsQuery } from "../../api/figures";
import type { Run, RunsQuery } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { Ago, Cost, Duration } from "../../grammar/figures";
import { oneLine } from "../../grammar/format";
import { RunLink } from "../../grammar/links";
import { RunStatus } from "../../grammar/RunStatus";
import type { RangeSearch } from "../../grammar/range";
import type { PageRange } from "../../grammar/useRange";
import { Panel } from "../../ui/Panel";
import { FAILED } from "../runs/search";
import styles from "./AgentPage.module.css";

const SHOWN = 6;

const WHICH = {
  failed: { title: "Last failed", query: { status: ["failed", "timeout"] }, none: "None failed." },
  missed: {
    title: "Last that did not do their job",
    query: { success: "false" },
    none: "All did their job.",
  },
  slowest: { title: "Slowest", query: { sort: "slowest" }, none: "None has ended." },
  dearest: { title: "Dearest", query: { sort: "dearest" }, none: "None has a known cost." },
} satisfies Record<string, { title: string; query: RunsQuery; none: string }>;

/** The list of runs that goes on where a panel ends. */
const MORE = {
  failed: { status: FAILED },
  missed: { success: "false" },
  slowest: { sort: "slowest" },
  dearest: { sort: "dearest" },
};

/** The runs one would open first. */
export function NotableRuns({
  agent,
  range,
  search,
  which,
}: {
  agent: string;
  range: PageRange;
  search: RangeSearch;
  which: keyof typeof WHICH;
}) {
  const { title, query, none } = WHICH[which];
  const found = useQuery(someRunsQuery(range.asked, { ...query, limit: SHOWN }, agent));
  const runs = (found.data?.runs ?? []).filter(
    (run) =>
      (which !== "slowest" || run.duration_ms !== null) &&
      (which !== "dearest" || Number(run.cost_usd ?? 0) > 0),
  );
  const ids = runs.map(({ id }) => id);
  return (
    <Panel
      title={title}
      note={
        <Link
          to="/runs"
          search={{
            ...search,
            agent,
            ...MORE[which],
          }}
          className="link"
        >
          All
        </Link>
      }
    >
      {found.isLoadingError ? (
        <FailureLine error={found.error} onRetry={() => void found.refetch()} />
      ) : null}
      {found.isSuccess && runs.length === 0 ? <p className="dim">{none}</p> : null}
      <ol className={styles.list}>
        {runs.map((run) => (
          <li key={run.id}>
            <RunStatus status={run.status} iconOnly />
            <span title={why(run)}>
              <RunLink run={run} runIds={ids} />
              <span className={styles.why}>{oneLine(why(run), 120)}</span>
            </span>
            {which === "failed" || which === "missed" ? (
              <Ago at={run.started_at} />
            ) : which === "slowest" ? (
              <Duration ms={run.duration_ms} />
            ) : (
              <Cost
                usd={run.cost_usd}
                source={run.cost_source}
                unpricedModels={run.unpriced_models}
              />
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function why(run: Run): string {
  return run.error?.message ?? run.error?.type ?? run.outcome ?? run.input_preview ?? "";
}
