/** The aligned steps. Only the rows in sight are built. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import {
  formatCompact,
  formatCost,
  formatCount,
  formatDuration,
  oneLine,
  plural,
} from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { Unknown } from "../../ui/Unknown";
import { useShortcuts } from "../../ui/shortcuts";
import { useRowInSight } from "../../ui/useRowInSight";
import {
  costDifference,
  difference,
  differences,
  totalTokens,
  type Pair,
  type Step,
} from "./align";
import styles from "./CompareRuns.module.css";

/** As the stylesheet has it, of the head too. */
const ROW_HEIGHT = 28;

interface StepTableProps {
  pairs: Pair[];
  a: Step[];
  b: Step[];
  opened: number;
  onlyDifferences: boolean;
  onOpen: (at: number) => void;
  onOnlyDifferences: (only: boolean) => void;
}

export function StepTable({
  pairs,
  a,
  b,
  opened,
  onlyDifferences,
  onOpen,
  onOnlyDifferences,
}: StepTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () => pairs.map((pair, at) => ({ at, a: a[pair.a], b: b[pair.b] })),
    [pairs, a, b],
  );
  const differing = useMemo(() => rows.filter((row) => !isSame(row.a, row.b)), [rows]);
  const shown = onlyDifferences ? differing : rows;
  const openedRow = shown.findIndex(({ at }) => at === opened);
  const virtualizer = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The head stays on top of the rows, which begin below it.
    scrollPaddingEnd: ROW_HEIGHT,
  });
  useRowInSight(virtualizer, openedRow, openedRow);

  function move(by: number) {
    const next = shown[Math.min(shown.length - 1, Math.max(0, openedRow + by))];
    if (next) onOpen(next.at);
  }
  useShortcuts([
    { keys: ["j", "ArrowDown"], does: "Next step", run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: "Previous step", run: () => move(-1) },
    {
      keys: ["n"],
      does: "Next step that differs",
      run: () => {
        const next = differing.find(({ at }) => at > opened) ?? differing[0];
        if (next) onOpen(next.at);
      },
    },
  ]);
  return (
    <section className={styles.steps} aria-label="Steps">
      <div className={styles.tools}>
        <span className="dim">
          {`${plural(rows.length, "step")}, ${differing.length === 0 ? "none differs" : `${formatCount(differing.length)} differ`}`}
        </span>
        <label className={styles.only}>
          <input
            type="checkbox"
            checked={onlyDifferences}
            onChange={(event) => onOnlyDifferences(event.target.checked)}
          />
          only what differs
        </label>
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label="Steps of both runs"
        aria-rowcount={shown.length + 1}
        tabIndex={0}
      >
        <div role="row" className={`${styles.row} ${styles.head}`} aria-rowindex={1}>
          <div role="columnheader">step</div>
          <div role="columnheader">differs in</div>
          <div role="columnheader" className={styles.right} title="B less A">
            time
          </div>
          <div role="columnheader" className={styles.right} title="B less A">
            tokens
          </div>
          <div role="columnheader" className={styles.right} title="B less A">
            cost
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = shown[item.index];
            const step = row?.a ?? row?.b;
            if (!row || !step) return null;
            return (
              <div
                key={row.at}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={row.at === opened}
                tabIndex={-1}
                className={`${styles.row} ${styles.step} ${row.at === opened ? styles.selected : ""}`}
                data-only={row.b === undefined ? "A" : row.a === undefined ? "B" : undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => onOpen(row.at)}
                onKeyDown={(event) => event.key === "Enter" && onOpen(row.at)}
              >
                <Cells step={step} stepA={row.a} stepB={row.b} />
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
}

function isSame(a: Step | undefined, b: Step | undefined): boolean {
  return a !== undefined && b !== undefined && differences(a, b).length === 0;
}

function Cells({
  step,
  stepA,
  stepB,
}: {
  step: Step;
  stepA: Step | undefined;
  stepB: Step | undefined;
}) {
  const { span, depth } = step;
  const [a, b] = [stepA?.span, stepB?.span];
  const name =
    span.kind === "tool"
      ? (span.tool ?? span.name)
      : span.kind === "llm"
        ? (span.model ?? span.name)
        : span.name;
  const found = stepA && stepB ? differences(stepA, stepB) : [];
  return (
    <>
      <div
        role="gridcell"
        className={styles.stepName}
        style={{ paddingLeft: Math.min(depth, 6) * 14 }}
      >
        <KindIcon kind={span.kind} />
        <bdi className={span.kind === "tool" ? "mono" : undefined}>{oneLine(name, 120)}</bdi>
      </div>
      <div role="gridcell">
        {a && b ? (
          found.length === 0 ? (
            <span className="faint">same</span>
          ) : (
            found.map((word) => (
              <span
                key={word}
                className={`${styles.mark} ${word.startsWith("failed") ? "bad" : ""}`}
              >
                {word}
              </span>
            ))
          )
        ) : (
          <span className={styles.mark} data-letter={a ? "A" : "B"}>
            {a ? "only in A" : "only in B"}
          </span>
        )}
      </div>
      <div role="gridcell" className={styles.right}>
        <Delta
          value={a && b ? difference(a.duration_ms, b.duration_ms) : null}
          format={formatDuration}
          reason={a && b ? "one of them has not ended" : "it is in one run only"}
        />
      </div>
      <div role="gridcell" className={styles.right}>
        {a?.tokens || b?.tokens ? (
          <Delta
            value={a && b ? difference(totalTokens(a.tokens), totalTokens(b.tokens)) : null}
            format={formatCompact}
            reason="the tokens of one side are not known"
          />
        ) : null}
      </div>
      <div role="gridcell" className={styles.right}>
        {a?.cost_usd || b?.cost_usd ? (
          <Delta
            value={a && b ? costDifference(a.cost_usd, b.cost_usd) : null}
            format={(usd) => formatCost(String(usd))}
            reason="the cost of one side is not known"
          />
        ) : null}
      </div>
    </>
  );
}

/** With its sign; a zero says so quietly. */
export function Delta({
  value,
  format,
  reason,
}: {
  value: number | null;
  format: (size: number) => string;
  reason: string;
}) {
  if (value === null) return <Unknown reason={reason} />;
  if (value === 0) return <span className="faint">0</span>;
  return (
    <span className="dim">
      {value > 0 ? "+" : "−"}
      {format(Math.abs(value))}
    </span>
  );
}
