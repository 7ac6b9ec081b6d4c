import type { SpanDetail } from "../../api/types";
import { formatDuration, parseTime } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { JsonTree } from "../../ui/JsonTree";
import styles from "./Events.module.css";
import type { TreeNode } from "./tree";

/** What happened within the span, in order: its own events, and the logs and decisions below it. */
export function Events({
  detail,
  below,
  originMs,
  onSelect,
}: {
  detail: SpanDetail;
  below: TreeNode[];
  originMs: number;
  onSelect: (spanId: string) => void;
}) {
  const own = detail.events.map((event, at) => ({
    key: `event ${at}`,
    atMs: parseTime(event.time),
    kind: "event",
    name: event.name,
    attributes: event.attributes,
    spanId: null,
  }));
  const spans = below.map(({ span, startMs }) => ({
    key: span.id,
    atMs: startMs,
    kind: span.kind,
    name: span.name,
    attributes: {},
    spanId: span.id,
  }));
  const events = [...own, ...spans].toSorted((a, b) => a.atMs - b.atMs);
  return (
    <ol className={styles.events}>
      {events.map(({ key, atMs, kind, name, attributes, spanId }) => (
        <li key={key}>
          <div className={styles.line}>
            <span className={styles.time}>{formatDuration(atMs - originMs)}</span>
            <KindIcon kind={kind} />
            <span className="faint">{kindLook(kind).label}</span>
            {spanId === null ? (
              <bdi>{name}</bdi>
            ) : (
              <button type="button" onClick={() => onSelect(spanId)}>
                <bdi>{name}</bdi>
              </button>
            )}
          </div>
          {Object.keys(attributes).length > 0 ? (
            <div className={styles.attributes}>
              <JsonTree value={attributes} openDepth={1} />
            </div>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
