/** A model call as the conversation it was part of. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Run, SpanDetail } from "../../api/types";
import { useHoldsMatch } from "../../ui/find";
import { Loading } from "../../ui/States";
import { previousCalls, toolSpans } from "./calls";
import { conversation, sharedCount, type Item, type ToolCall, type Turn } from "./conversation";
import styles from "./Conversation.module.css";
import { MessageTurn } from "./MessageTurn";
import type { SpanTree } from "./tree";
import { spanQuery } from "./useRun";

export function Conversation({
  run,
  tree,
  index,
  detail,
  onSelect,
}: {
  run: Run;
  tree: SpanTree;
  index: number;
  detail: SpanDetail;
  onSelect: (spanId: string) => void;
}) {
  const callsBefore = useMemo(() => previousCalls(tree), [tree]);
  const before = tree.nodes[callsBefore[index] ?? -1]?.span;
  const previous = useQuery({
    ...spanQuery(run.id, before?.id ?? ""),
    enabled: before !== undefined,
  });
  if (before !== undefined && previous.isPending)
    return <Loading label="Loading the conversation" />;

  const shared = previous.data ? sharedCount(detail.messages, previous.data.messages) : null;
  // Nothing in common is another conversation, in which all is new and nothing need be marked.
  const items = conversation(detail.messages, shared === 0 ? null : shared);
  const asked = outputCalls(items);
  const found = toolSpans(tree, index, asked);
  const spanOf = new Map(asked.map((call, at) => [call, tree.nodes[found[at] ?? -1]?.span]));

  const turn = (each: Turn, key: string) => (
    <MessageTurn key={key} turn={each} runId={run.id} spanOf={spanOf} onSelect={onSelect} />
  );
  return (
    <ol className={styles.conversation}>
      {items.map((item, at) =>
        item.type === "turn" ? (
          turn(item.turn, String(at))
        ) : (
          <Fold key={at} label={item.label} text={() => JSON.stringify(item.turns)}>
            {() => item.turns.map((each, place) => turn(each, `${at}.${place}`))}
          </Fold>
        ),
      )}
    </ol>
  );
}

/** What this call itself asked for: its results are in the tool spans that follow. */
function outputCalls(items: Item[]): ToolCall[] {
  return items
    .flatMap((item) => (item.type === "turn" ? [item.turn] : []))
    .filter((turn) => turn.message.direction === "output")
    .flatMap((turn) => turn.parts.filter((part) => part.type === "tool_call"));
}

/** What is not shown until asked for, and what it is. */
export function Fold({
  label,
  text,
  children,
}: {
  label: string;
  /** What it holds, for the search that opens it. */
  text: () => string;
  children: () => React.ReactNode;
}) {
  const found = useHoldsMatch(text);
  const [chosen, setOpen] = useState(false);
  const open = chosen || found;
  return (
    <>
      <li>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {label}
        </button>
      </li>
      {open ? children() : null}
    </>
  );
}
