/** The span chosen: its figures, then what it said and did, then everything that was recorded. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type ReactNode } from "react";
import { failureOf } from "../../api/client";
import type { Run, SpanDetail } from "../../api/types";
import { Failure } from "../../app/Failure";
import { estimates } from "../../grammar/estimates";
import { Cost, Duration, Tokens } from "../../grammar/figures";
import { formatCount, formatDuration } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { LongText } from "../../ui/LongText";
import { CopyButton } from "../../ui/Copy";
import { FindBox, FindContext } from "../../ui/find";
import { JsonTree } from "../../ui/JsonTree";
import { Loading } from "../../ui/States";
import { Tabs, type Tab } from "../../ui/Tabs";
import { Attributes } from "./Attributes";
import { Conversation } from "./Conversation";
import { Events } from "./Events";
import { failureTold } from "./failureTold";
import { Explain } from "./Explain";
import { Links } from "./Links";
import styles from "./SpanPane.module.css";
import { isPoint, type SpanTree, type TreeNode } from "./tree";
import { messageText } from "./messageText";
import { spanQuery } from "./useRun";
import { Values } from "./Values";

interface SpanPaneProps {
  run: Run;
  tree: SpanTree;
  index: number;
  tab: string | undefined;
  onTab: (tab: string) => void;
  onSelect: (spanId: string) => void;
}

export function SpanPane({ run, tree, index, tab, onTab, onSelect }: SpanPaneProps) {
  const node = tree.nodes[index] as TreeNode;
  const { span } = node;
  const detail = useQuery(spanQuery(run.id, span.id));
  const error = failureOf(detail);
  const tabs = detail.data ? tabsOf(detail.data, run, tree, index, onSelect) : [];
  const chosen = tabs.find(({ id }) => id === tab) ?? tabs[0];
  const panels = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  return (
    <section className={styles.pane} aria-label="Span" tabIndex={-1}>
      <header className={styles.head}>
        <KindIcon kind={span.kind} />
        <h2 className={span.kind === "tool" ? "mono" : undefined}>
          <bdi>{span.name}</bdi>
        </h2>
        <span className={`${styles.kind} faint`}>{kindLook(span.kind).label}</span>
        {span.child_run_id ? (
          <Link to="/runs/$runId" params={{ runId: span.child_run_id }} className="link">
            open the child run
          </Link>
        ) : null}
        <span className={styles.copy}>
          <FindBox label="Find in the span" within={panels} query={query} onQuery={setQuery} />
          {detail.data && detail.data.messages.length > 0 ? (
            <CopyButton
              text={() => (detail.data?.messages ?? []).map(messageText).join("\n\n")}
              label="Copy the conversation"
              word="conversation"
            />
          ) : null}
          <CopyButton text={() => span.id} label={`Copy the id ${span.id}`} word="id" />
        </span>
      </header>
      <Facts node={node} run={run} tree={tree} onSelect={onSelect} />
      {span.error ? <SpanFailure error={span.error} detail={detail.data} /> : null}
      {error ? (
        <div className={styles.failure}>
          <Failure error={error} what="span" onRetry={() => void detail.refetch()} />
        </div>
      ) : chosen ? (
        <div ref={panels}>
          <FindContext value={query.toLowerCase()}>
            <Tabs label="Parts of the span" tabs={tabs} chosen={chosen.id} onChoose={onTab} />
          </FindContext>
        </div>
      ) : (
        <Loading label="Loading the span" />
      )}
    </section>
  );
}

/** Its summary at first, then all that its event told. */
function SpanFailure({
  error,
  detail,
}: {
  error: NonNullable<TreeNode["span"]["error"]>;
  detail: SpanDetail | undefined;
}) {
  const { message, stack } = failureTold(error.message ?? null, detail?.events ?? []);
  return (
    <div className={styles.error}>
      <b>{error.type ?? "Error"}</b>
      {message ? <LongText text={message} max={600} /> : null}
      {stack ? (
        <details className={styles.stack}>
          <summary>Stack trace</summary>
          <LongText text={stack} />
        </details>
      ) : null}
    </div>
  );
}

function tabsOf(
  detail: SpanDetail,
  run: Run,
  tree: SpanTree,
  index: number,
  onSelect: (spanId: string) => void,
): Tab[] {
  const below = eventsOf(tree, index);
  const eventCount = below.length + detail.events.length;
  const tabs: Tab[] = [];
  if (detail.messages.length > 0) {
    tabs.push({
      id: "conversation",
      label: "Conversation",
      panel: (
        <Conversation run={run} tree={tree} index={index} detail={detail} onSelect={onSelect} />
      ),
    });
  }
  if (
    detail.input !== null ||
    detail.output !== null ||
    detail.documents.length > 0 ||
    detail.messages.length === 0
  ) {
    tabs.push({
      id: "values",
      label: detail.kind === "tool" ? "Call" : "Input and output",
      panel: <Values detail={detail} run={run} />,
    });
  }
  const parameters = Object.keys(detail.parameters);
  if (parameters.length + detail.tools.length > 0) {
    tabs.push({
      id: "request",
      label: "Request",
      panel: (
        <div className={styles.raw}>
          {parameters.length > 0 ? <JsonTree value={detail.parameters} openDepth={2} /> : null}
          {detail.tools.length > 0 ? (
            <JsonTree value={{ "tools offered": detail.tools }} openDepth={2} />
          ) : null}
        </div>
      ),
    });
  }
  tabs.push({
    id: "attributes",
    label: "Attributes",
    count: Object.keys(detail.attributes).length,
    panel: <Attributes detail={detail} />,
  });
  if (eventCount > 0) {
    tabs.push({
      id: "events",
      label: "Events",
      count: eventCount,
      panel: <Events detail={detail} below={below} originMs={tree.startMs} onSelect={onSelect} />,
    });
  }
  if (detail.links.length > 0) {
    tabs.push({
      id: "links",
      label: "Links",
      count: detail.links.length,
      panel: <Links detail={detail} />,
    });
  }
  tabs.push({
    id: "raw",
    label: "Raw",
    panel: (
      <div className={styles.raw}>
        <CopyButton text={() => JSON.stringify(detail, null, 2)} label="Copy as JSON" />
        <JsonTree value={detail} openDepth={2} />
      </div>
    ),
  });
  tabs.push({ id: "explain", label: "Explain", panel: <Explain detail={detail} /> });
  return tabs;
}

/** The moments recorded directly within a span. */
function eventsOf(tree: SpanTree, index: number): TreeNode[] {
  const node = tree.nodes[index];
  if (!node) return [];
  const events: TreeNode[] = [];
  for (let at = index + 1; at < node.end; at++) {
    const below = tree.nodes[at];
    if (below?.parent === index && isPoint(below.span)) events.push(below);
  }
  return events;
}

function Facts({
  node,
  run,
  tree,
  onSelect,
}: {
  node: TreeNode;
  run: Run;
  tree: SpanTree;
  onSelect: (spanId: string) => void;
}) {
  const { span } = node;
  const facts: { name: string; value: ReactNode }[] = [];
  const add = (name: string, value: ReactNode) => facts.push({ name, value });
  if (span.model) {
    add(
      "model",
      <Link to="/runs" search={{ model: span.model }} title={span.provider ?? undefined}>
        <bdi>{span.model}</bdi>
      </Link>,
    );
  }
  if (span.kind === "llm" || span.kind === "embedding" || span.tokens) {
    const cached = span.tokens?.cache_read ?? 0;
    add(
      "tokens",
      <>
        <Tokens tokens={span.tokens} estimated={estimates(run).tokens || span.tokens_estimated} />
        {cached > 0 ? `, ${formatCount(cached)} cached` : ""}
      </>,
    );
    add(
      "cost",
      <Cost
        usd={span.cost_usd}
        source={span.cost_source}
        unpricedModels={span.cost_usd === null && span.model ? [span.model] : []}
      />,
    );
  }
  if (span.agent) {
    add(
      "agent",
      <Link to="/agents/$name" params={{ name: span.agent }}>
        <bdi>{span.agent}</bdi>
      </Link>,
    );
  }
  if (!isPoint(span)) add("time", <Duration ms={span.duration_ms} startedAt={span.started_at} />);
  add("began", <span title={span.started_at}>{formatDuration(node.startMs - tree.startMs)}</span>);
  if (span.first_token_ms !== null) add("first token", formatDuration(span.first_token_ms));
  if (span.finish_reason) add("finish", span.finish_reason);
  if (span.level) add(span.kind === "log" ? "level" : "type", span.level);
  if (span.duplicate_of !== null) {
    const original = span.duplicate_of;
    add(
      "duplicate of",
      tree.indexById.has(original) ? (
        <button type="button" className="link" onClick={() => onSelect(original)}>
          {tree.nodes[tree.indexById.get(original) ?? 0]?.span.name}
        </button>
      ) : span.duplicate_of_run ? (
        <Link
          to="/runs/$runId"
          params={{ runId: span.duplicate_of_run }}
          search={{ span: original }}
          className="link"
        >
          a span of another run
        </Link>
      ) : (
        <span className="mono">{original}</span>
      ),
    );
  } else if (!span.counted && span.kind === "llm") {
    add("counted", <span title="Its tokens and cost are in another span's">no</span>);
  }
  if (span.late) add("late", "came after the run had ended");
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
