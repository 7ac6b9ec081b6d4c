import type { Part, Span } from "../../api/types";
import { formatCount } from "../../grammar/format";
import { CopyButton } from "../../ui/Copy";
import { LongText } from "../../ui/LongText";
import type { ToolCall, Turn } from "./conversation";
import { partText } from "./messageText";
import styles from "./MessageTurn.module.css";
import { RichValue } from "./RichValue";
import { ToolCallBox } from "./ToolCallBox";

export function MessageTurn({
  turn,
  runId,
  spanOf,
  onSelect,
}: {
  turn: Turn;
  runId: string;
  spanOf: ReadonlyMap<ToolCall, Span | undefined>;
  onSelect: (spanId: string) => void;
}) {
  const { message, parts, results, isNew } = turn;
  return (
    <li className={`${styles.turn} ${isNew ? styles.new : ""}`}>
      <div className={styles.who}>
        {message.role}
        {message.name ? <bdi className="faint"> {message.name}</bdi> : null}
        {isNew ? <span className="visually-hidden">, new since the previous call</span> : null}
        {parts.length > 0 ? (
          <span className={styles.copy}>
            <CopyButton
              text={() => parts.map(partText).join("\n")}
              label={`Copy what ${message.role} said`}
              iconOnly
            />
          </span>
        ) : null}
      </div>
      <div className={styles.body}>
        {parts.length === 0 ? <span className="faint">empty</span> : null}
        {parts.map((part, at) =>
          part.type === "tool_call" ? (
            <ToolCallBox
              key={at}
              call={part}
              result={results.get(part)}
              runId={runId}
              span={spanOf.get(part)}
              onSelect={onSelect}
            />
          ) : (
            <MessagePart key={at} part={part} role={message.role} />
          ),
        )}
      </div>
    </li>
  );
}

function MessagePart({ part, role }: { part: Exclude<Part, ToolCall>; role: string }) {
  switch (part.type) {
    case "text":
      return <RichValue value={part.text} markdown={role !== "tool"} />;
    case "reasoning":
      return (
        <div className={styles.reasoning}>
          <span className="faint">reasoning</span> <LongText text={part.text} />
        </div>
      );
    case "tool_call_response":
      return (
        <div className={styles.boxed}>
          <div className={styles.boxHead}>result{part.name ? ` of ${part.name}` : ""}</div>
          <div className={styles.boxBody}>
            <RichValue value={part.result} markdown={false} />
          </div>
        </div>
      );
    case "image":
      return <ImagePart part={part} />;
    default:
      return <RichValue value={part.value} markdown={false} />;
  }
}

/** Drawn only from recorded bytes of a kind that cannot carry a program; an address is shown, not fetched. */
const DRAWABLE = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

function ImagePart({ part }: { part: Extract<Part, { type: "image" }> }) {
  if (part.data && DRAWABLE.has(part.media_type ?? "")) {
    return (
      <img
        className={styles.image}
        alt="recorded"
        src={`data:${part.media_type};base64,${part.data}`}
      />
    );
  }
  const what = [
    part.media_type ?? "image",
    part.url ?? (part.data ? `${formatCount(part.data.length)} characters` : "without content"),
  ];
  return <span className={styles.imageWords}>[{what.join(": ")}]</span>;
}
