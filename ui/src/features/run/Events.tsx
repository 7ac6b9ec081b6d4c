import { formatDuration } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import styles from "./Events.module.css";
import type { TreeNode } from "./tree";

/** Logs, decisions and other moments within the span, in order. */
export function Events({
  events,
  originMs,
  onSelect,
}: {
  events: TreeNode[];
  originMs: number;
  onSelect: (spanId: string) => void;
}) {
  return (
    <ol className={styles.events}>
      {events.map((event) => (
        <li key={event.span.id}>
          <span className={styles.time}>{formatDuration(event.startMs - originMs)}</span>
          <KindIcon kind={event.span.kind} />
          <span className="faint">{kindLook(event.span.kind).label}</span>
          <button type="button" onClick={() => onSelect(event.span.id)}>
            <bdi>{event.span.name}</bdi>
          </button>
        </li>
      ))}
    </ol>
  );
}
