import { memo } from "react";
import { Cost, Duration, Tokens } from "../../grammar/figures";
import { formatCost, formatCount, plural } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { kindLook } from "../../grammar/kinds";
import { RunStatus } from "../../grammar/RunStatus";
import { Icon } from "../../ui/Icon";
import { repeatWords, type Repeat } from "./repeats";
import type { RowMarks } from "./rowMarks";
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
  marks: RowMarks | undefined;
  /** Work that repeats and begins here; while closed the row stands for all of it. */
  repeat: Repeat | undefined;
  repeatOpen: boolean;
  depth: number;
  openable: boolean;
  open: boolean;
  selected: boolean;
  critical: boolean;
  estimated: boolean;
  fromMs: number;
  toMs: number;
}

/** So many of its letters a name keeps where marks want room too, and how wide one is beside a 0. */
const LABEL_MIN = 15;
const LETTER_CH = 0.8;

/** What a row that stands for many says of its tokens is their sum in and out alone. */
const NOT_ADDED_UP = { cache_read: null, cache_write: null, reasoning: null, total: null };

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
  marks,
  repeat,
  repeatOpen,
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
  const closed = repeat !== undefined && !repeatOpen;
  const failing = !closed && isFailing(span);
  const point = isPoint(span);
  const label = closed
    ? repeat.steps.join(", ")
    : span.kind === "tool"
      ? (span.tool ?? span.name)
      : span.name;
  const bracket = marks?.atOnce && !closed ? bracketOf(marks.atOnce) : "";
  return (
    <div
      role="row"
      id={id}
      aria-rowindex={position}
      aria-level={depth + 1}
      aria-selected={selected}
      aria-expanded={closed ? false : openable ? open : undefined}
      className={`${pane.row} ${styles.row} ${selected ? styles.selected : ""}`}
      style={{ transform: `translateY(${topPx}px)` }}
      data-index={index}
    >
      <div
        role="gridcell"
        className={`${styles.name} ${bracket}`}
        style={{ "--steps": indentation(depth) } as React.CSSProperties}
      >
        <span className={styles.toggle} data-open={open && !closed}>
          {closed ? (
            <button type="button" tabIndex={-1} aria-label="Open" data-repeat="">
              <Icon name="chevron" size={11} />
            </button>
          ) : openable ? (
            <button type="button" tabIndex={-1} aria-label={open ? "Close" : "Open"} data-toggle="">
              <Icon name="chevron" size={11} />
            </button>
          ) : null}
        </span>
        <KindIcon kind={span.kind} />
        {depth > DEEP ? <span className={styles.depth}>{depth}</span> : null}
        <bdi
          className={`${span.kind === "tool" ? "mono" : ""} ${failing ? "bad" : ""} ${point ? "dim" : ""} ${styles.label}`}
          style={{ minWidth: `${Math.min(label.length, LABEL_MIN) * LETTER_CH}ch` }}
          title={span.name}
        >
          {label}
        </bdi>
        {repeat ? (
          <button
            type="button"
            tabIndex={-1}
            data-repeat=""
            className={styles.repeat}
            title={repeatWords(repeat)}
            aria-label={closed ? `${repeatWords(repeat)}, open` : `close ${repeatWords(repeat)}`}
          >
            {`×${formatCount(repeat.turns)}`}
            {closed ? "" : " close"}
          </button>
        ) : null}
        {closed && repeat.failed > 0 ? (
          <span className={`${styles.failedTurns} bad`} title={repeatWords(repeat)}>
            <span className="visually-hidden">{`${formatCount(repeat.failed)} failed`}</span>
            <span aria-hidden="true">
              <RunStatus status="failed" iconOnly /> {formatCount(repeat.failed)}
            </span>
          </span>
        ) : null}
        {failing ? (
          <RunStatus status={span.status === "timeout" ? "timeout" : "failed"} iconOnly />
        ) : null}
        <Marks found={marksOf(node, closed ? undefined : marks)} />
      </div>
      <div role="gridcell" className={`${pane.tokens} dim`}>
        {closed ? (
          repeat.tokensIn === null && repeat.tokensOut === null ? null : (
            <span className="faint">
              <Tokens
                tokens={{ ...NOT_ADDED_UP, input: repeat.tokensIn, output: repeat.tokensOut }}
                estimated={estimated}
              />
            </span>
          )
        ) : span.tokens && (span.tokens.input !== null || span.tokens.output !== null) ? (
          <Tokens tokens={span.tokens} estimated={estimated || span.tokens_estimated} />
        ) : null}
      </div>
      <div role="gridcell" className={`${pane.cost} dim`}>
        {closed ? (
          repeat.costUsd > 0 ? (
            <span className="faint" title="the sum of all turns">
              {formatCost(String(repeat.costUsd))}
            </span>
          ) : null
        ) : span.cost_usd !== null ? (
          <Cost usd={span.cost_usd} source={span.cost_source} />
        ) : node.costBelow > 0 ? (
          <span className="faint" title="the sum of what is below">
            {formatCost(String(node.costBelow))}
          </span>
        ) : null}
      </div>
      <div role="gridcell" className={pane.time}>
        {closed ? (
          <Duration ms={repeat.endMs - repeat.startMs} />
        ) : point ? null : span.duration_ms === null ? (
          <Duration ms={null} startedAt={span.started_at} />
        ) : (
          <Duration ms={span.duration_ms} />
        )}
      </div>
      <div role="gridcell" className={pane.line}>
        <Bar
          node={closed ? { ...node, startMs: repeat.startMs, endMs: repeat.endMs } : node}
          failing={failing}
          point={point}
          critical={critical}
          window={{ fromMs, toMs }}
        />
      </div>
    </div>
  );
});

interface Mark {
  word: string;
  /** Why, for who asks. */
  reason: string;
  tone?: "warn";
}

function marksOf(node: TreeNode, marks: RowMarks | undefined): Mark[] {
  const { span } = node;
  const found: Mark[] = [];
  const add = (word: string, reason: string, tone?: "warn") =>
    found.push({ word, reason, ...(tone ? { tone } : {}) });
  if (marks?.turn) {
    const [at, of] = [formatCount(marks.turn.at), formatCount(marks.turn.of)];
    add(`${at}/${of}`, `turn ${at} of ${of}`);
  }
  if (marks?.atOnce?.at === 1) {
    const { of, most } = marks.atOnce;
    add(
      `${formatCount(most)} at once`,
      most === of
        ? `${formatCount(of)} steps here ran at the same time`
        : `${formatCount(of)} steps here overlap, up to ${formatCount(most)} at the same time`,
    );
  }
  if (span.duplicate_of !== null) {
    add("duplicate", "the same work was recorded twice; its tokens and cost are counted once");
  }
  if (marks?.copies) {
    add(
      `+${plural(marks.copies, "duplicate")}`,
      "folded: another instrumentation recorded the same work; it is counted once",
    );
  }
  if (marks?.plumbing) {
    add(`+${marks.plumbing} plumbing`, "folded: what the framework records of itself");
  }
  if (span.late) add("late", "it is dated after the end of the run", "warn");
  if (span.child_run_id) add("child run", "it stands for another run");
  if (node.issue === "circle") {
    add("its own ancestor", "following its parents leads back to it", "warn");
  } else if (node.issue) {
    add(node.issue, `it names the parent ${span.parent_id}, which has not arrived`, "warn");
  }
  return found;
}

function bracketOf({ at, of }: { at: number; of: number }): string {
  return `${styles.atOnce} ${at === 1 ? styles.firstOf : at === of ? styles.lastOf : ""}`;
}

function Marks({ found }: { found: Mark[] }) {
  if (found.length === 0) return null;
  return (
    <span className={styles.marks}>
      {found.map(({ word, reason, tone }) => (
        <span key={word} className={`${styles.mark} ${tone ?? ""}`} title={reason}>
          {word}
        </span>
      ))}
    </span>
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
