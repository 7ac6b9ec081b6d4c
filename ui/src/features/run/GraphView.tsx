/** Who called whom: agents, their tools, hand-offs, each with its count. A node leads to its spans. */
import { useLayoutEffect, useMemo, useRef } from "react";
import { formatCost, formatCount, formatDuration, oneLine, plural } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { agentGraph, type GraphNode } from "./graph";
import {
  fitted,
  hasFigures,
  type PlacedEdge,
  type PlacedGraph,
  type PlacedNode,
} from "./graphLayout";
import styles from "./GraphView.module.css";
import type { View } from "./search";
import { isFailing, type SpanTree } from "./tree";
import { useWidth } from "../../ui/useWidth";
import { ViewBar } from "./ViewBar";

/** What is seen left of where a wide graph begins. */
const START_PX = 14;

export function GraphView({
  tree,
  selected,
  onSelect,
  onView,
}: {
  tree: SpanTree;
  selected: number;
  onSelect: (spanId: string) => void;
  onView: (view: View) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(scroller);
  const called = useMemo(() => agentGraph(tree), [tree]);
  const graph = useMemo(() => fitted(called, widthPx), [called, widthPx]);
  // A tall graph begins where the run does, which may be in its middle.
  const [first] = graph.nodes;
  const isPlaced = widthPx > 0 && first !== undefined;
  useLayoutEffect(() => {
    if (!isPlaced || !scroller.current) return;
    scroller.current.scrollTop = first.y * graph.zoom - scroller.current.clientHeight / 2;
    scroller.current.scrollLeft = (first.x - first.width / 2) * graph.zoom - START_PX;
    // oxlint-disable-next-line react/exhaustive-deps -- once; then it is scrolled by hand
  }, [isPlaced]);
  const agents = graph.nodes.filter(({ kind }) => kind === "agent").length;
  const chosen = useMemo(
    () => graph.nodes.find((node) => node.spans.includes(selected))?.id,
    [graph, selected],
  );
  const names = new Map(graph.nodes.map(({ id, label }) => [id, label]));

  /** The first that failed, else the first; of the chosen one the next. */
  function open(node: GraphNode) {
    const at = node.spans.indexOf(selected);
    const failed = node.spans.find((index) => isFailingAt(tree, index));
    const next = at === -1 ? (failed ?? node.spans[0]) : node.spans[(at + 1) % node.spans.length];
    const id = tree.nodes[next ?? -1]?.span.id;
    if (id !== undefined) onSelect(id);
  }
  return (
    <section className={styles.view} aria-label="Agents of the run">
      <ViewBar view="agents" onView={onView}>
        <span className="faint">
          {`${plural(agents, "agent")}, ${plural(graph.nodes.length - agents, "tool or step", "tools and steps")}`}
        </span>
      </ViewBar>
      <div ref={scroller} className={styles.scroller} tabIndex={0}>
        {graph.nodes.length === 0 ? (
          <p className={styles.none}>
            No span of this run names an agent, a workflow or a tool, so that there is nothing to
            draw.
          </p>
        ) : widthPx === 0 ? null : (
          <div
            className={styles.graph}
            style={{ width: graph.width, height: graph.height, zoom: graph.zoom }}
          >
            <Edges graph={graph} names={names} />
            {graph.nodes.map((node) => (
              <Node
                key={node.id}
                node={node}
                loops={graph.loops.get(node.id) ?? 0}
                chosen={node.id === chosen}
                onOpen={() => open(node)}
              />
            ))}
          </div>
        )}
      </div>
    </section>
  );
}

function isFailingAt(tree: SpanTree, index: number): boolean {
  const span = tree.nodes[index]?.span;
  return span !== undefined && isFailing(span);
}

function Node({
  node,
  loops,
  chosen,
  onOpen,
}: {
  node: PlacedNode;
  loops: number;
  chosen: boolean;
  onOpen: () => void;
}) {
  const { kind, label, spans, failed, modelCalls, costUsd, durationMs } = node;
  const figures = [
    ...(modelCalls > 0 ? [plural(modelCalls, "model call")] : []),
    ...(costUsd > 0 ? [formatCost(String(costUsd))] : []),
    ...(loops > 0 ? [`↻ ×${loops}`] : []),
  ];
  const allFailed = failed > 0 && failed === spans.length;
  const failedWords =
    failed === 0
      ? null
      : spans.length === 1
        ? "failed"
        : `${formatCount(failed)} of ${formatCount(spans.length)} failed`;
  const whole = [
    `${kindLook(kind).label} ${oneLine(label, 200)}`,
    ...(spans.length > 0 ? [plural(spans.length, "span")] : []),
    ...(durationMs > 0 ? [formatDuration(durationMs)] : []),
    ...(modelCalls > 0 ? [plural(modelCalls, "model call")] : []),
    ...(costUsd > 0 ? [formatCost(String(costUsd))] : []),
    ...(loops > 0 ? [`within itself ${plural(loops, "time")}`] : []),
    ...(failedWords ? [failedWords] : []),
  ].join(", ");
  return (
    <button
      type="button"
      className={`${styles.node} ${allFailed ? styles.failed : ""}`}
      data-kind={kind}
      aria-pressed={chosen}
      title={whole}
      disabled={spans.length === 0}
      onClick={onOpen}
      style={{
        left: node.x - node.width / 2,
        top: node.y - node.height / 2,
        width: node.width,
        height: node.height,
      }}
    >
      <span className={styles.name}>
        <KindIcon kind={kind} />
        <bdi className={kind === "tool" ? "mono" : undefined}>{oneLine(label, 60)}</bdi>
        {spans.length > 1 ? (
          <span className={styles.count}>×{formatCount(spans.length)}</span>
        ) : null}
      </span>
      {hasFigures(node) ? (
        <span className={styles.figures}>
          {failedWords ? <span className="bad">{failedWords}</span> : null}
          {failedWords && figures.length > 0 ? " · " : null}
          {figures.join(" · ")}
        </span>
      ) : null}
    </button>
  );
}

function Edges({ graph, names }: { graph: PlacedGraph; names: Map<string, string> }) {
  const words = ({ from, to, kind, count, failed }: PlacedEdge) =>
    `${names.get(from) ?? ""} ${kind === "calls" ? "calls" : "hands over to"} ${names.get(to) ?? ""}, ${plural(count, "time")}${failed > 0 ? `, ${formatCount(failed)} failed` : ""}`;
  return (
    <svg
      width={graph.width}
      height={graph.height}
      className={styles.edges}
      role="img"
      aria-label={oneLine(graph.edges.map(words).join("; "), 2000)}
    >
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerUnits="userSpaceOnUse"
          markerWidth="8"
          markerHeight="8"
          orient="auto"
        >
          <path d="M0 .5 7.5 4 0 7.5z" fill="context-stroke" />
        </marker>
      </defs>
      {graph.edges.map((edge) => (
        <g
          key={`${edge.from} ${edge.kind} ${edge.to}`}
          data-kind={edge.kind}
          className={edge.failed === edge.count ? styles.failedEdge : styles.edge}
        >
          <title>{words(edge)}</title>
          <path
            d={edge.path}
            fill="none"
            strokeWidth={1 + Math.min(2.5, Math.log10(edge.count))}
            markerEnd="url(#arrow)"
          />
        </g>
      ))}
      {/* Over all lines, so that none crosses what is written. */}
      {graph.edges.map(({ from, kind, to, failed, count, label, labelX, labelY }) =>
        label ? (
          <text
            key={`${from} ${kind} ${to}`}
            className={failed === count ? "bad" : undefined}
            x={labelX}
            y={labelY}
            textAnchor="middle"
            dominantBaseline="central"
          >
            {label}
          </text>
        ) : null,
      )}
    </svg>
  );
}
