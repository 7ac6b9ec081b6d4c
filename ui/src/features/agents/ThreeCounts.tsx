import type { Agent } from "../../api/types";
import { formatCount } from "../../grammar/format";
import styles from "./ThreeCounts.module.css";

/** Did its job, did not, gave no signal: drawn as shares of all runs, the counts beside. */
export function ThreeCounts({ agent }: { agent: Agent }) {
  const parts = [
    { name: "did its job", count: agent.success_count, className: styles.good },
    { name: "did not", count: agent.failure_count, className: styles.bad },
    { name: "no signal", count: agent.no_signal_count, className: styles.silent },
  ];
  const said = agent.success_count + agent.failure_count;
  const title = parts.map(({ name, count }) => `${formatCount(count)} ${name}`).join(", ");
  return (
    <span className={styles.counts} title={title}>
      <span className={styles.bar} aria-hidden="true">
        {parts.map(({ name, count, className }) =>
          count > 0 ? <i key={name} className={className} style={{ flexGrow: count }} /> : null,
        )}
      </span>
      <span className={styles.words}>
        <span className="visually-hidden">{title}</span>
        <span aria-hidden="true">
          {said === 0 ? (
            <span className="faint">no signal</span>
          ) : (
            <>
              {formatCount(agent.success_count)} yes
              <span className="faint"> / </span>
              <span className={agent.failure_count > 0 ? "bad" : "faint"}>
                {formatCount(agent.failure_count)} no
              </span>
              {agent.no_signal_count > 0 ? (
                <span className="faint"> / {formatCount(agent.no_signal_count)} –</span>
              ) : null}
            </>
          )}
        </span>
      </span>
    </span>
  );
}
