/** The whole conversation of a run, agent by agent. A call's body is fetched when it comes in sight. */
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Run, Span } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { Cost, Duration } from "../../grammar/figures";
import { plural } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { useShortcuts } from "../../ui/shortcuts";
import { toolSpans } from "./calls";
import { Fold } from "./Conversation";
import { isLongSystem, systemLabel, type ToolCall } from "./conversation";
import { MessageTurn } from "./MessageTurn";
import { addedTurns, talkOf, type CallItem } from "./talk";
import styles from "./TalkView.module.css";
import { ToolCallBox } from "./ToolCallBox";
import { isFailing, type SpanTree } from "./tree";
import { spanQuery } from "./useRun";
import type { View } from "./search";
import { ViewBar } from "./ViewBar";

interface ItemProps {
  run: Run;
  tree: SpanTree;
  onSelect: (spanId: string) => void;
}

export function TalkView({
  run,
  tree,
  selected,
  onSelect,
  onView,
}: ItemProps & { selected: number; onView: (view: View) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => talkOf(tree), [tree]);
  const calls = items.filter(({ type }) => type === "call").length;
  const selectedItem = items.findIndex(
    (item) =>
      item.type !== "agent" &&
      (item.index === selected || (item.type === "call" && item.tools.includes(selected))),
  );
  // The virtualizer measures all items anew when it is given another function.
  const keyOfItem = useCallback(
    (at: number) => `${items[at]?.type} ${tree.nodes[items[at]?.index ?? -1]?.span.id}`,
    [items, tree],
  );
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (items[at]?.type === "agent" ? 38 : 120),
    getItemKey: keyOfItem,
    overscan: 4,
  });
  useEffect(() => {
    if (selectedItem > 0) virtualizer.scrollToIndex(selectedItem, { align: "auto" });
    // Only when another span is chosen; bodies that arrive must not move what is read.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selected]);

  function move(by: number) {
    for (let at = selectedItem + by; at >= 0 && at < items.length; at += by) {
      const item = items[at];
      const id = item && item.type !== "agent" ? tree.nodes[item.index]?.span.id : undefined;
      if (id !== undefined) return onSelect(id);
    }
  }
  useShortcuts([
    { keys: ["j", "ArrowDown"], does: "Next call", run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: "Previous call", run: () => move(-1) },
  ]);

  return (
    <section className={styles.view} aria-label="Conversation of the run">
      <ViewBar view="talk" onView={onView}>
        <span className="faint">{plural(calls, "model call")}, each with what it added</span>
      </ViewBar>
      <div ref={scroller} className={styles.scroller} tabIndex={0}>
        {items.length === 0 ? (
          <p className={styles.none}>No model call and no tool was recorded in this run.</p>
        ) : null}
        <ol className={styles.items} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ key, index: at, start }) => {
            const item = items[at];
            const node = tree.nodes[item?.index ?? -1];
            if (!item || !node) return null;
            return (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={at}
                className={`${styles.item} ${at === selectedItem ? styles.selected : ""}`}
                style={
                  {
                    transform: `translateY(${start}px)`,
                    "--depth": Math.min(item.depth, 4),
                  } as React.CSSProperties
                }
                aria-current={at === selectedItem ? "true" : undefined}
              >
                {item.type === "agent" ? (
                  <AgentHead agent={item.agent} how={item.how} />
                ) : item.type === "call" ? (
                  <Call item={item} run={run} tree={tree} onSelect={onSelect} />
                ) : (
                  <Head span={node.span} onSelect={onSelect} />
                )}
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}

function AgentHead({ agent, how }: { agent: string; how: string | null }) {
  return (
    <h3 className={styles.agent}>
      <KindIcon kind="agent" />
      <bdi>{agent}</bdi>
      {how === null ? null : <bdi className={styles.how}>{how}</bdi>}
    </h3>
  );
}

/** What stands above each body; it leads to the span. */
function Head({ span, onSelect }: { span: Span; onSelect: (spanId: string) => void }) {
  const failing = isFailing(span);
  return (
    <button type="button" className={styles.head} onClick={() => onSelect(span.id)}>
      <KindIcon kind={span.kind} />
      <bdi className={`${styles.name} ${failing ? "bad" : ""}`}>
        {span.kind === "tool"
          ? (span.tool ?? span.name)
          : span.kind === "llm"
            ? (span.model ?? span.name)
            : span.name}
      </bdi>
      {span.kind === "llm" ? null : <span className="faint">{kindLook(span.kind).label}</span>}
      {failing ? <span className="bad">failed</span> : null}
      <span className={styles.figures}>
        {span.kind === "decision" ? null : (
          <Duration ms={span.duration_ms} startedAt={span.started_at} />
        )}
        {span.cost_usd === null ? null : <Cost usd={span.cost_usd} source={span.cost_source} />}
      </span>
    </button>
  );
}

function Call({ item, run, tree, onSelect }: ItemProps & { item: CallItem }) {
  const spanOf = (at: number) => tree.nodes[at]?.span;
  const span = spanOf(item.index) as Span;
  const before = spanOf(item.previous);
  const after = spanOf(item.next);
  const own = useQuery(spanQuery(run.id, span.id));
  const previous = useQuery({
    ...spanQuery(run.id, before?.id ?? ""),
    enabled: before !== undefined,
  });
  const following = useQuery({
    ...spanQuery(run.id, after?.id ?? ""),
    enabled: after !== undefined,
  });
  const waits = own.isPending || (before !== undefined && previous.isPending);

  const turns =
    own.data && !waits
      ? addedTurns(
          own.data.messages,
          previous.data?.messages ?? null,
          following.data?.messages ?? null,
        )
      : [];
  const asked = turns
    .filter(({ message }) => message.direction === "output")
    .flatMap(({ parts }) => parts.filter((part): part is ToolCall => part.type === "tool_call"));
  const found = toolSpans(tree, item.index, asked);
  const spans = new Map(asked.map((call, at) => [call, spanOf(found[at] ?? -1)]));
  // Tools that ran and that no message asked for, as when messages were not recorded.
  const unasked = item.tools.filter((at) => !found.includes(at));
  return (
    <>
      <Head span={span} onSelect={onSelect} />
      {own.isLoadingError ? (
        <FailureLine error={own.error} onRetry={() => void own.refetch()} />
      ) : null}
      {waits ? (
        <div className={styles.waiting} role="status" aria-label="Loading the messages" />
      ) : null}
      {span.error ? <p className="bad">{span.error.message ?? span.error.type}</p> : null}
      {!waits && own.data && own.data.messages.length === 0 ? (
        <p className="faint">Its messages were not recorded.</p>
      ) : null}
      <ol className={styles.turns}>
        {turns.map((turn, at) => {
          const shown = (
            <MessageTurn key={at} turn={turn} runId={run.id} spanOf={spans} onSelect={onSelect} />
          );
          if (!isLongSystem(turn)) return shown;
          return (
            <Fold key={at} label={systemLabel(turn)} text={() => JSON.stringify(turn.parts)}>
              {() => shown}
            </Fold>
          );
        })}
      </ol>
      {waits || unasked.length === 0 ? null : (
        <div className={styles.ran}>
          {unasked.map((at) => {
            const tool = spanOf(at);
            return tool ? (
              <RanTool key={tool.id} span={tool} runId={run.id} onSelect={onSelect} />
            ) : null;
          })}
        </div>
      )}
    </>
  );
}

/** A tool that ran without a message that asks for it: its arguments stand in its own span. */
function RanTool({
  span,
  runId,
  onSelect,
}: {
  span: Span;
  runId: string;
  onSelect: (id: string) => void;
}) {
  const detail = useQuery(spanQuery(runId, span.id));
  const call: ToolCall = {
    type: "tool_call",
    id: span.tool_call_id,
    name: span.tool ?? span.name,
    arguments: detail.data?.input ?? null,
  };
  return (
    <ToolCallBox call={call} result={undefined} runId={runId} span={span} onSelect={onSelect} />
  );
}
