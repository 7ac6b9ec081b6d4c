/** A tool that was asked for, with what it answered: here, or in the span that ran it. */
import { useQuery } from "@tanstack/react-query";
import type { Span } from "../../api/types";
import { formatDuration } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import type { ToolCall, ToolResponse } from "./conversation";
import styles from "./MessageTurn.module.css";
import { RichValue } from "./RichValue";
import { isFailing } from "./tree";
import { spanQuery } from "./useRun";

export function ToolCallBox({
  call,
  result,
  runId,
  span,
  onSelect,
}: {
  call: ToolCall;
  result: ToolResponse | undefined;
  runId: string;
  span: Span | undefined;
  onSelect: (spanId: string) => void;
}) {
  const ran = useQuery({
    ...spanQuery(runId, span?.id ?? ""),
    enabled: span !== undefined && result === undefined,
  });
  const answered = result ? result.result : (ran.data?.output ?? ran.data?.error?.message);
  return (
    <div className={styles.boxed}>
      <div className={styles.boxHead}>
        <span className={styles.toolName}>
          <KindIcon kind="tool" /> <b className="mono">{call.name}</b>
        </span>
        {span ? (
          <button
            type="button"
            className={isFailing(span) ? "bad" : "link"}
            onClick={() => onSelect(span.id)}
          >
            {spanWords(span)}
          </button>
        ) : null}
      </div>
      <div className={styles.boxBody}>
        {isEmpty(call.arguments) ? (
          <span className="faint">no arguments</span>
        ) : (
          <RichValue value={call.arguments} markdown={false} />
        )}
      </div>
      {answered !== undefined && answered !== null ? (
        <>
          <div className={styles.boxHead}>result</div>
          <div className={styles.boxBody}>
            <RichValue value={answered} markdown={false} />
          </div>
        </>
      ) : null}
    </div>
  );
}

function spanWords(span: Span): string {
  if (span.duration_ms === null) return "running";
  return `${isFailing(span) ? "failed after" : "answered in"} ${formatDuration(span.duration_ms)}`;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === "{}") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
