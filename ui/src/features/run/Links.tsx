/** Spans that a span names, each leading to its run where that is here. */
import { Link } from "@tanstack/react-router";
import type { SpanDetail } from "../../api/types";
import { JsonTree } from "../../ui/JsonTree";
import styles from "./Links.module.css";

export function Links({ detail }: { detail: SpanDetail }) {
  return (
    <ol className={styles.links}>
      {detail.links.map(({ trace_id, span_id, run_id, attributes }, at) => (
        <li key={at}>
          {run_id === null ? (
            <span title="No run of this trace is here">
              <span className="faint">elsewhere: trace</span>{" "}
              <span className="mono">{trace_id}</span> <span className="faint">span</span>{" "}
              <span className="mono">{span_id}</span>
            </span>
          ) : (
            <Link
              to="/runs/$runId"
              params={{ runId: run_id }}
              search={{ span: span_id }}
              className="link"
            >
              span <span className="mono">{span_id}</span> of run{" "}
              <bdi className="mono">{run_id}</bdi>
            </Link>
          )}
          {Object.keys(attributes).length > 0 ? (
            <JsonTree value={attributes} openDepth={1} />
          ) : null}
        </li>
      ))}
    </ol>
  );
}
