/** How much of the cost was reported with calls, how much is computed, and from whose prices. */
import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { Panel } from "../../ui/Panel";
import styles from "./CostSources.module.css";
import { sourceParts } from "./sources";

export function CostSources({ costs }: { costs: Pick<Costs, "by_source"> }) {
  const parts = sourceParts(costs.by_source);
  if (parts.length === 0) return null;
  return (
    <Panel
      title="Where the cost comes from"
      className={styles.sources ?? ""}
      note={
        <Link to="/settings" search={{ tab: "prices" }} className="link">
          Prices
        </Link>
      }
    >
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ source, share }) => (
          <i key={source} className={styles[source]} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul className={styles.words} aria-label="Where the cost comes from">
        {parts.map(({ source, words, runs }) => (
          <li key={source} title={runs}>
            <i className={styles[source]} aria-hidden="true" /> {words}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
