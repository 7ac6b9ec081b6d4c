/**
 * The spans as tree and timeline in one table. Only the rows in sight are built; `j` `k` move,
 * the arrows open and close, a drag along the axis zooms.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
} from "react";
import type { Run } from "../../api/types";
import { estimates } from "../../grammar/estimates";
import { formatCount, formatDuration, plural } from "../../grammar/format";
import { Button } from "../../ui/Button";
import { SearchBox } from "../../ui/SearchBox";
import { useShortcuts } from "../../ui/shortcuts";
import { useRowInSight } from "../../ui/useRowInSight";
import { criticalMarks } from "./criticalPath";
import { isFoldable } from "./folding";
import { repeatsOf } from "./repeats";
import { rowMarks, type RowMarks } from "./rowMarks";
import { drawnWindow, parseStretch, stretchText, type RunSearch, type View } from "./search";
import { timeAt, zoom, type TimeWindow } from "./timeline";
import { TimeAxis } from "./TimeAxis";
import { isFailing, visibleRows, type SpanTree, type TreeNode } from "./tree";
import styles from "./TreePane.module.css";
import { SpanRow } from "./SpanRow";
import { ViewBar } from "./ViewBar";

/** As the stylesheet has them. */
const ROW_HEIGHT = 28;
const HEAD_HEIGHT = 29;
/**
 * More than any window shows. A row that leaves hands its elements to the one that takes its place: a long
 * scroll that made all of them anew would stop for the garbage collector.
 */
const SLOTS = 512;

export function TreePane({
  tree,
  run,
  selected,
  search,
  folded,
  canUnfold,
  onSearch,
  onView,
}: {
  tree: SpanTree;
  run: Run;
  selected: number;
  search: RunSearch;
  /** What is folded away, in words; null when nothing is. */
  folded: string | null;
  canUnfold: boolean;
  onSearch: (change: Partial<Record<keyof RunSearch, string | undefined>>) => void;
  onView: (view: View) => void;
}) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [openRepeats, setOpenRepeats] = useState<ReadonlySet<number>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const timeLine = useRef<HTMLDivElement>(null);
  const [pointedMs, setPointedMs] = useState<number | null>(null);

  const path = useMemo(() => criticalMarks(tree), [tree]);
  const marks = useMemo(() => rowMarks(tree), [tree]);
  const repeats = useMemo(() => repeatsOf(tree), [tree]);
  /** Where the selection is beyond the first turn, it can only be seen in the open. */
  const holding = [...repeats.values()].find(({ from, to }) => from < selected && selected < to);
  const opened = holding ? holding.from : -1;
  const query = search.q?.toLowerCase();
  const rows = useMemo(
    () =>
      visibleRows(tree, {
        collapsed,
        folded: folded === null ? () => false : isFoldable,
        repeats,
        isOpenRepeat: (from) => from === opened || openRepeats.has(from),
        ...(query ? { matches: (node: TreeNode) => spanText(node).includes(query) } : {}),
      }),
    [tree, collapsed, folded, query, repeats, opened, openRepeats],
  );
  const rowOf = useMemo(() => new Map(rows.map((row, at) => [row.index, at])), [rows]);
  const selectedRow = rowOf.get(selected) ?? -1;

  const whole: TimeWindow = { fromMs: tree.startMs, toMs: tree.endMs };
  const stretch = parseStretch(search.t);
  const drawn: TimeWindow = drawnWindow(search.t, tree);

  // The virtualizer measures all rows anew when it is given another function.
  const keyOfRow = useCallback(
    (at: number) => tree.nodes[rows[at]?.index ?? -1]?.span.id ?? at,
    [tree, rows],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: keyOfRow,
    // A turn of the wheel; more would be built for nothing in each frame of a long scroll.
    overscan: 5,
    // The head stays on top of the rows, which begin below it.
    scrollPaddingEnd: HEAD_HEIGHT,
    // The chosen row stays built, so that it can be named as the active one.
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const from = Math.max(0, startIndex - overscan);
      const to = Math.min(count - 1, endIndex + overscan);
      const range = Array.from({ length: to - from + 1 }, (_, n) => from + n);
      if (selectedRow >= 0 && selectedRow < from) range.unshift(selectedRow);
      if (selectedRow > to) range.push(selectedRow);
      return range;
    },
  });

  useRowInSight(virtualizer, selectedRow, selected);

  function select(at: number) {
    const row = rows[Math.min(rows.length - 1, Math.max(0, at))];
    const span = row ? tree.nodes[row.index]?.span : undefined;
    if (span) onSearch({ span: span.id });
  }
  function setOpen(index: number, open: boolean) {
    const id = tree.nodes[index]?.span.id;
    if (id === undefined) return;
    const next = new Set(collapsed);
    if (open) next.delete(id);
    else next.add(id);
    setCollapsed(next);
  }
  function setRepeatOpen(from: number, open: boolean) {
    const next = new Set(openRepeats);
    if (open) next.add(from);
    else next.delete(from);
    setOpenRepeats(next);
    // What is closed holds the selection no more.
    const id = tree.nodes[from]?.span.id;
    if (!open && from === opened && id !== undefined) onSearch({ span: id });
  }
  function closeOrUp() {
    const row = rows[selectedRow];
    if (!row) return;
    if (row.openable && row.open) setOpen(row.index, false);
    else {
      // Folded ancestors have no row.
      let parent = tree.nodes[row.index]?.parent ?? -1;
      while (parent !== -1 && !rowOf.has(parent)) parent = tree.nodes[parent]?.parent ?? -1;
      if (parent !== -1) select(rowOf.get(parent) ?? 0);
    }
  }
  function openOrDown() {
    const row = rows[selectedRow];
    if (row?.repeat && !row.repeatOpen) return setRepeatOpen(row.index, true);
    if (!row?.openable) return;
    if (row.open) select(selectedRow + 1);
    else setOpen(row.index, true);
  }
  function nextFailing() {
    for (let step = 1; step <= rows.length; step++) {
      const at = (selectedRow + step) % rows.length;
      const row = rows[at];
      const node = tree.nodes[row?.index ?? -1];
      if (!row || !node) continue;
      if (isFailing(node.span)) return select(at);
      const failing = row.repeatOpen === false ? repeats.get(row.index)?.firstFailing : undefined;
      const within = tree.nodes[failing ?? -1]?.span;
      if (within) return onSearch({ span: within.id });
    }
  }
  function zoomBy(factor: number, aroundMs: number) {
    const next = zoom(drawn, aroundMs, factor, whole);
    const all = next.toMs - next.fromMs >= whole.toMs - whole.fromMs;
    onSearch({
      t: all
        ? undefined
        : stretchText({ fromMs: next.fromMs - tree.startMs, toMs: next.toMs - tree.startMs }),
    });
  }
  function zoomAtSelected(factor: number) {
    const node = tree.nodes[selected];
    zoomBy(factor, node ? (node.startMs + node.endMs) / 2 : (drawn.fromMs + drawn.toMs) / 2);
  }

  useShortcuts([
    { keys: ["j", "ArrowDown"], does: "Next span", run: () => select(selectedRow + 1) },
    { keys: ["k", "ArrowUp"], does: "Previous span", run: () => select(selectedRow - 1) },
    { keys: ["l", "ArrowRight"], does: "Open, or go in", run: openOrDown },
    { keys: ["h", "ArrowLeft"], does: "Close, or go up", run: closeOrUp },
    { keys: ["n"], does: "Next failing span", run: nextFailing },
    { keys: ["+", "="], does: "Zoom in on the span", run: () => zoomAtSelected(0.5) },
    { keys: ["-"], does: "Zoom out", run: () => zoomAtSelected(2) },
  ]);

  function clicked(event: MouseEvent) {
    const target = event.target as Element;
    const index = Number(target.closest("[data-index]")?.getAttribute("data-index") ?? -1);
    const row = rows[rowOf.get(index) ?? -1];
    const node = tree.nodes[index];
    if (!row || !node) return;
    if (target.closest("[data-repeat]")) setRepeatOpen(index, !row.repeatOpen);
    else if (target.closest("[data-toggle]")) setOpen(index, !row.open);
    else onSearch({ span: node.span.id });
  }

  function pointed(event: PointerEvent) {
    const box = axis.current?.getBoundingClientRect();
    const line = timeLine.current;
    if (!box || !line) return;
    const share = (event.clientX - box.left) / box.width;
    if (share < 0 || share > 1) return left();
    const paneLeft = line.offsetParent?.getBoundingClientRect().left ?? 0;
    line.style.display = "block";
    line.style.transform = `translateX(${event.clientX - paneLeft}px)`;
    setPointedMs(timeAt(share, drawn));
  }
  function left() {
    if (timeLine.current) timeLine.current.style.display = "none";
    setPointedMs(null);
  }

  const estimated = estimates(run).tokens;
  const treeId = "spans";
  return (
    <section
      className={styles.pane}
      aria-label="Spans"
      onPointerMove={pointed}
      onPointerLeave={left}
    >
      <ViewBar view="spans" onView={onView}>
        <SearchBox label="Find spans" value={search.q ?? ""} onChange={(q) => onSearch({ q })} />
        {stretch ? (
          <Button look="quiet" onClick={() => onSearch({ t: undefined })}>
            whole run
          </Button>
        ) : null}
        {folded !== null ? (
          <Button
            look="quiet"
            title="Duplicates are the same work recorded by two instrumentations and counted once; plumbing is what frameworks record of themselves"
            onClick={() => onSearch({ show: "all" })}
          >{`${folded} folded`}</Button>
        ) : canUnfold && search.show === "all" ? (
          <Button look="quiet" onClick={() => onSearch({ show: undefined })}>
            fold copies
          </Button>
        ) : null}
        <span className={styles.count}>
          {rows.length === tree.nodes.length
            ? plural(rows.length, "span")
            : `${formatCount(rows.length)} of ${plural(tree.nodes.length, "span")}`}
        </span>
      </ViewBar>
      <div
        ref={scroller}
        className={styles.scroller}
        role="treegrid"
        aria-label="Spans of the run"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={selectedRow >= 0 ? `${treeId}-${selected}` : undefined}
        tabIndex={0}
        onClick={clicked}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === "Home") select(0);
          else if (event.key === "End") select(rows.length - 1);
          else return;
          event.preventDefault();
        }}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" className={styles.row} aria-rowindex={1}>
            <div role="columnheader">span</div>
            <div role="columnheader" className={styles.tokens} title="tokens in → out">
              tokens
            </div>
            <div role="columnheader" className={styles.cost}>
              cost
            </div>
            <div role="columnheader" className={styles.time}>
              time
            </div>
            <div role="columnheader" className={styles.line} aria-label="timeline">
              <TimeAxis
                ref={axis}
                window={drawn}
                originMs={tree.startMs}
                pointed={pointedMs === null ? null : formatDuration(pointedMs - tree.startMs)}
                onStretch={(next) => onSearch({ t: next ? stretchText(next) : undefined })}
              />
            </div>
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            const node = row ? tree.nodes[row.index] : undefined;
            if (!row || !node) return null;
            return (
              <SpanRow
                key={item.index === selectedRow ? "selected" : item.index % SLOTS}
                index={row.index}
                id={`${treeId}-${row.index}`}
                position={item.index + 2}
                topPx={item.start}
                node={node}
                marks={folded === null ? withoutFolds(marks.get(row.index)) : marks.get(row.index)}
                repeat={row.repeat ? repeats.get(row.index) : undefined}
                repeatOpen={row.repeatOpen ?? false}
                depth={row.depth}
                openable={row.openable}
                open={row.open}
                selected={row.index === selected}
                critical={path.has(row.index)}
                estimated={estimated}
                fromMs={drawn.fromMs}
                toMs={drawn.toMs}
              />
            );
          })}
          {rows.length === 0 ? <p className={styles.none}>No span contains this.</p> : null}
        </div>
      </div>
      <div ref={timeLine} className={styles.timeLine} aria-hidden="true" />
    </section>
  );
}

/** Where nothing is folded a row hides nothing. */
function withoutFolds(marks: RowMarks | undefined): RowMarks | undefined {
  return marks && (marks.copies || marks.plumbing)
    ? {
        ...(marks.turn ? { turn: marks.turn } : {}),
        ...(marks.atOnce ? { atOnce: marks.atOnce } : {}),
      }
    : marks;
}

function spanText({ span }: TreeNode): string {
  return [
    span.name,
    span.tool,
    span.model,
    span.agent,
    span.kind,
    span.id,
    span.error?.type,
    span.error?.message,
  ]
    .join("\n")
    .toLowerCase();
}
