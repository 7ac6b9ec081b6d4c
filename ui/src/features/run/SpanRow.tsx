import { memo } from "react";
import { Cost, Duration, Tokens } from "../../grammar/figures";
import { formatCost } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { RunStatus } from "../../grammar/RunStatus";
import { Icon } from "../../ui/Icon";
import styles from "./SpanRow.module.css";
import { placeBar, type TimeWindow } from "./timeline";
import { isFailing, isPoint, type TreeNode } from "./tree";
import pane from "./TreePane.module.css";

interface SpanRowProps {
  index: number;
  id: string;
  position: number;
  topPx: number;
  node: TreeNode;
  depth: number;
  openable: boolean;
  open: boolean;
  selected: boolean;
  critical: boolean;
  estimated: boolean;
  fromMs: number;
  toMs: number;
}

/** Beyond it a step is hardly one, and the level is written instead. */
const DEEP = 6;

/** In steps of indentation. A hundred levels still leave room for the name. */
function indentation(depth: number): number {
  return Math.min(depth, DEEP) + Math.min(1.5, Math.max(0, depth - DEEP) * 0.05);
}

/**
 * Takes values only, no callbacks: while the list scrolls the rows that stay are not built anew.
 * The list tells from `data-index` and `data-toggle` what was clicked.
 */
export const SpanRow = memo(function SpanRow({
  index,
  id,
  position,
  topPx,
  node,
  depth,
  openable,
  open,
  selected,
  critical,
  estimated,
  fromMs,
  toMs,
}: SpanRowProps) {
  const { span } = node;
  const failing = isFailing(span);
  const point = isPoint(span);
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={position}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={openable ? open : undefined}
      className={`${pane.row} ${styles.row} ${selected ? styles.selected : ""}`}
      style={{ transform: `translateY(${topPx}px)` }}
      data-index={index}
    >
      <div
        role="gridcell"
        className={styles.name}
        style={{ "--steps": indentation(depth) } as React.CSSProperties}
      >
        <span className={styles.toggle} data-open={open}>
          {openable ? (
            <button type="button" tabIndex={-1} aria-label={open ? "Close" : "Open"} data-toggle="">
              <Icon name="chevron" size={11} />
            </button>
          ) : null}
        </span>
        <KindIcon kind={span.kind} />
        {depth > DEEP ? <span className={styles.depth}>{depth}</span> : null}
        <bdi
          className={`${span.kind === "tool" ? "mono" : ""} ${failing ? "bad" : ""} ${point ? "dim" : ""} ${styles.label}`}
          title={span.name}
        >
          {span.kind === "tool" ? (span.tool ?? span.name) : span.name}
        </bdi>
        <Marks node={node} failing={failing} />
      </div>
      <div role="gridcell" className={`${pane.tokens} dim`}>
        {span.tokens && (span.tokens.input !== null || span.tokens.output !== null) ? (
          <Tokens tokens={span.tokens} estimated={estimated || span.tokens_estimated} />
        ) : null}
      </div>
      <div role="gridcell" className={`${pane.cost} dim`}>
        {span.cost_usd !== null ? (
          <Cost usd={span.cost_usd} source={span.cost_source} />
        ) : node.costBelow > 0 ? (
          <span className="faint" title="the sum of what is below">
            {formatCost(String(node.costBelow))}
          </span>
        ) : null}
      </div>
      <div role="gridcell" className={pane.time}>
        {point ? null : span.duration_ms === null ? (
          <Duration ms={null} startedAt={span.started_at} />
        ) : (
          <Duration ms={span.duration_ms} />
        )}
      </div>
      <div role="gridcell" className={pane.line}>
        <Bar
          node={node}
          failing={failing}
          point={point}
          critical={critical}
          window={{ fromMs, toMs }}
        />
      </div>
    </div>
  );
});

function Marks({ node, failing }: { node: TreeNode; failing: boolean }) {
  const { span } = node;
  const marks: [string, string][] = [];
  if (span.duplicate_of !== null) marks.push(["duplicate", ""]);
  if (span.late) marks.push(["late", "warn"]);
  if (span.child_run_id) marks.push(["child run", ""]);
  if (node.issue) marks.push([node.issue === "circle" ? "its own ancestor" : node.issue, "warn"]);
  return (
    <>
      {failing ? (
        <RunStatus status={span.status === "timeout" ? "timeout" : "failed"} iconOnly />
      ) : null}
      {marks.map(([word, tone]) => (
        <span key={word} className={`${styles.mark} ${tone}`}>
          {word}
        </span>
      ))}
    </>
  );
}

function Bar({
  node,
  failing,
  point,
  critical,
  window,
}: {
  node: TreeNode;
  failing: boolean;
  point: boolean;
  critical: boolean;
  window: TimeWindow;
}) {
  const bar = placeBar(node.startMs, node.endMs, window);
  if (!bar) return null;
  const color = failing ? "var(--bad)" : `var(--${kindLook(node.span.kind).hue})`;
  return (
    <i
      className={`${styles.bar} ${point ? styles.point : ""} ${critical ? styles.critical : ""} ${node.span.finished_at === null && !point ? styles.running : ""}`}
      style={{
        left: `${bar.left * 100}%`,
        width: point ? undefined : `${bar.width * 100}%`,
        background: color,
      }}
      title={critical ? "on the critical path" : undefined}
    />
  );
}
