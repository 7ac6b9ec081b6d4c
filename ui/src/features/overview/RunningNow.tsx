import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FailureLine } from "../../app/Failure";
import { Duration } from "../../grammar/figures";
import { AgentLink, RunLink } from "../../grammar/links";
import { RunStatus } from "../../grammar/RunStatus";
import { Panel } from "../../ui/Panel";
import styles from "./OverviewPage.module.css";
import { RUNNING_SHOWN, runningQuery } from "./queries";

export function RunningNow() {
  const running = useQuery(runningQuery);
  const runs = running.data?.runs ?? [];
  return (
    <Panel
      title="Running now"
      note={
        runs.length > RUNNING_SHOWN ? (
          <Link to="/runs" search={{ status: "running" }} className="link">
            All that run
          </Link>
        ) : undefined
      }
    >
      {running.isLoadingError ? (
        <FailureLine error={running.error} onRetry={() => void running.refetch()} />
      ) : null}
      {running.isSuccess && runs.length === 0 ? (
        <p className={styles.quiet}>Nothing is under way.</p>
      ) : (
        <ul className={styles.list}>
          {runs.slice(0, RUNNING_SHOWN).map((run) => (
            <li key={run.id} className={styles.line}>
              <RunStatus status={run.status} iconOnly />
              <span>
                <RunLink run={run} />
              </span>
              {run.agent === null || run.agent === run.name ? null : <AgentLink name={run.agent} />}
              <Duration ms={run.duration_ms} startedAt={run.started_at} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
