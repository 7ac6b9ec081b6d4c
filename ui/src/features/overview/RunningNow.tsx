import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { someRunsQuery } from "../../api/figures";
import { Duration } from "../../grammar/figures";
import { AgentLink, RunLink } from "../../grammar/links";
import { RunStatus } from "../../grammar/RunStatus";
import { Panel } from "../../ui/Panel";
import styles from "./OverviewPage.module.css";

const SHOWN = 8;

/** Whatever the range, what has not ended. */
const everRunning = someRunsQuery(
  { key: "ever", range: () => ({ sinceMs: null, untilMs: Date.now() + 60_000 }) },
  { status: ["running"], limit: SHOWN + 1 },
  null,
);

export function RunningNow() {
  const running = useQuery(everRunning);
  const runs = running.data?.runs ?? [];
  return (
    <Panel
      title="Running now"
      note={
        runs.length > SHOWN ? (
          <Link to="/runs" search={{ status: "running" }} className="link">
            All that run
          </Link>
        ) : undefined
      }
    >
      {running.isError ? <p className="bad">{running.error.message}</p> : null}
      {running.isSuccess && runs.length === 0 ? (
        <p className={styles.quiet}>Nothing is under way.</p>
      ) : (
        <ul className={styles.list}>
          {runs.slice(0, SHOWN).map((run) => (
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
