/** On an agent's page: whether it runs when it should. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { failureOf } from "../../api/client";
import { FailureLine } from "../../app/Failure";
import { Clock } from "../../grammar/figures";
import { Panel } from "../../ui/Panel";
import { scheduleWords } from "./answers";
import styles from "./Heartbeats.module.css";
import { HeartbeatState } from "./HeartbeatState";
import { Strip } from "./Strip";
import { heartbeatQuery, heartbeatsQuery, useLiveHeartbeats } from "./useHeartbeats";

const SHOWN = 30;

export function AgentHeartbeat({ agent }: { agent: string }) {
  // Most agents have no schedule: the list says so without a refused request.
  const list = useQuery(heartbeatsQuery);
  const isScheduled = list.data?.some((heartbeat) => heartbeat.agent === agent);
  const one = useQuery({ ...heartbeatQuery(agent, SHOWN), enabled: isScheduled === true });
  useLiveHeartbeats(one.dataUpdatedAt, agent);
  const none = isScheduled === false;
  const data = none ? undefined : one.data;
  const error = failureOf(list, one);
  return (
    <Panel
      title="Heartbeat"
      note={
        <Link to="/heartbeats/$agent" params={{ agent }} className="link">
          {none ? "Set a schedule" : "Schedule"}
        </Link>
      }
    >
      {none ? <p className={styles.quiet}>No schedule says when it is to run.</p> : null}
      {error ? (
        <FailureLine error={error} onRetry={() => void (list.isError ? list : one).refetch()} />
      ) : null}
      {data ? (
        <div className={styles.brief}>
          <div>
            <HeartbeatState heartbeat={data} />
            <span>{scheduleWords(data)}</span>
            {data.due && !data.paused ? (
              <span className="dim">
                next expected <Clock at={data.due} />
              </span>
            ) : null}
          </div>
          <Strip expectations={data.expectations} />
        </div>
      ) : null}
    </Panel>
  );
}
