/**
 * The one table of lists: TanStack Table for columns and order, a window virtualizer for rows,
 * `j` `k` `enter` for the keyboard. Where the columns have no room each row is a card.
 * It knows nothing of what a row is; a row's own link stands in one of its cells.
 */
import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type RowData,
} from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type MouseEvent,
  type ReactNode,
} from "react";
import { leftOut } from "./columnFit";
import styles from "./DataTable.module.css";
import { useShortcuts } from "./shortcuts";
import { useNarrow } from "./useNarrow";
import { useWidth } from "./useWidth";

export interface ColumnLook {
  /** A CSS grid track. */
  track: string;
  align?: "right";
  /** Where the header is only an icon or an abbreviation. */
  hint?: string;
  /** Left out where there is no room for it. */
  minor?: boolean;
}

export interface Sort {
  column: string;
  descending: boolean;
}

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnMeta: metaHelper<ColumnLook>(),
});

export type Columns<T extends RowData> = ColumnDef<typeof features, T>[];

export function columnsOf<T extends RowData>() {
  return createColumnHelper<typeof features, T>();
}

interface DataTableProps<T extends RowData> {
  label: string;
  // The helper's columns each have their own value type.
  columns: Columns<T>;
  rows: T[];
  rowId: (row: T) => string;
  /** A click anywhere on the row; its link does the same for the keyboard. */
  onOpen: (row: T) => void;
  card: (row: T) => ReactNode;
  cardHeight: number;
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** Whether `rows` come in order already. */
  sortedByServer?: boolean;
  hidden?: ReadonlySet<string>;
  /** How far below the top of the window its head stays: what stands above it there. */
  belowPx?: number;
  hasMore?: boolean;
  onEnd?: () => void;
}

/** As the stylesheet has them. */
const ROW_HEIGHT = 34;
const HEAD_HEIGHT = 31;
const GAP_PX = 14;
const PADDING_PX = 28;
const NONE: ReadonlySet<string> = new Set();

export function DataTable<T extends RowData>({
  label,
  columns,
  rows,
  rowId,
  onOpen,
  card,
  cardHeight,
  sort,
  onSort,
  sortedByServer = false,
  hidden = NONE,
  belowPx = 0,
  hasMore = false,
  onEnd,
}: DataTableProps<T>) {
  const telephone = useNarrow();
  const frame = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(frame);
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [cursor, setCursor] = useState<number | null>(null);

  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: rowId,
    manualSorting: sortedByServer,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: {
      sorting: [{ id: sort.column, desc: sort.descending }],
      columnVisibility: Object.fromEntries([...hidden].map((id) => [id, false])),
    },
    onSortingChange: (update) => {
      const [next] =
        typeof update === "function"
          ? update([{ id: sort.column, desc: sort.descending }])
          : update;
      if (next) onSort({ column: next.id, descending: next.desc });
    },
  });
  const shown = table.getRowModel().rows;
  const fitted = table.getVisibleLeafColumns().map(({ id, columnDef: { meta } }) => ({
    id,
    track: meta?.track ?? "auto",
    minor: meta?.minor,
  }));
  // Before it is laid out, everything.
  const out = widthPx === 0 ? NONE : leftOut(fitted, GAP_PX, widthPx - PADDING_PX);
  const narrow = telephone || out === null;

  // The virtualizer measures all rows anew when it is given another function.
  const keyOfRow = useCallback((at: number) => shown[at]?.id ?? at, [shown]);
  const virtualizer = useWindowVirtualizer({
    count: shown.length,
    estimateSize: () => (narrow ? cardHeight : ROW_HEIGHT),
    getItemKey: keyOfRow,
    overscan: 6,
    scrollMargin: top,
    // The head stays on top of the window and covers what is scrolled there.
    scrollPaddingStart: belowPx + (narrow ? 0 : HEAD_HEIGHT),
  });
  useEffect(() => virtualizer.measure(), [virtualizer, narrow, cardHeight]);

  // What stands above may grow or go; a changed offset is read after each render.
  // oxlint-disable-next-line react/exhaustive-deps -- it sets state only when the offset changed
  useLayoutEffect(() => {
    const now = Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    if (now !== top) setTop(now);
  });

  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= shown.length - 20) onEnd?.();
  }, [hasMore, last, shown.length, onEnd]);

  useEffect(() => {
    if (cursor === null) return;
    const row = body.current?.querySelector(`[data-at="${cursor}"] a`);
    if (row instanceof HTMLElement && document.activeElement !== row)
      row.focus({ preventScroll: true });
  }, [cursor, items]);

  function move(by: number) {
    if (shown.length === 0) return;
    const next = cursor === null ? 0 : Math.min(shown.length - 1, Math.max(0, cursor + by));
    setCursor(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
  }
  useShortcuts([
    { keys: ["j", "ArrowDown"], does: "Next row", run: () => move(1) },
    { keys: ["k", "ArrowUp"], does: "Previous row", run: () => move(-1) },
    {
      keys: ["Enter"],
      does: "Open the row",
      run: () => {
        const row = cursor === null ? undefined : shown[cursor];
        if (row) onOpen(row.original);
      },
    },
  ]);

  function clicked(event: MouseEvent, row: T) {
    const target = event.target as Element;
    // A link or button in the row is its own; so is selecting text.
    if (target.closest("a,button") || window.getSelection()?.type === "Range") return;
    onOpen(row);
  }

  const tracks = fitted
    .filter(({ id }) => !out?.has(id))
    .map(({ track }) => track)
    .join(" ");

  return (
    <div
      ref={frame}
      role="table"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : shown.length + 1}
      className={styles.table}
      style={{ "--tracks": tracks, "--below": `${belowPx}px` } as React.CSSProperties}
    >
      <div role="rowgroup" className={narrow ? "visually-hidden" : styles.head}>
        {table.getHeaderGroups().map((group) => (
          <div role="row" className={styles.row} key={group.id} aria-rowindex={1}>
            {group.headers.map((header) => {
              if (out?.has(header.column.id)) return null;
              const look = header.column.columnDef.meta;
              const sorted = header.column.getIsSorted();
              return (
                <div
                  role="columnheader"
                  key={header.id}
                  className={look?.align === "right" ? styles.right : undefined}
                  title={look?.hint}
                  aria-sort={sorted ? (sorted === "desc" ? "descending" : "ascending") : undefined}
                >
                  {header.column.getCanSort() ? (
                    <button type="button" onClick={header.column.getToggleSortingHandler()}>
                      <table.FlexRender header={header} />
                      {sorted ? (
                        <span aria-hidden="true" className={styles.arrow}>
                          {sorted === "desc" ? "↓" : "↑"}
                        </span>
                      ) : null}
                    </button>
                  ) : (
                    <table.FlexRender header={header} />
                  )}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <div
        role="rowgroup"
        ref={body}
        className={styles.body}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = shown[item.index];
          if (!row) return null;
          return (
            <div
              role="row"
              key={item.key}
              data-at={item.index}
              aria-rowindex={item.index + 2}
              className={`${narrow ? styles.card : styles.row} ${item.index === cursor ? styles.cursor : ""}`}
              style={{ height: item.size, transform: `translateY(${item.start - top}px)` }}
              onClick={(event) => clicked(event, row.original)}
            >
              {narrow ? (
                <div role="cell">{card(row.original)}</div>
              ) : (
                row.getVisibleCells().map((cell) =>
                  out?.has(cell.column.id) ? null : (
                    <div
                      role="cell"
                      key={cell.id}
                      className={
                        cell.column.columnDef.meta?.align === "right" ? styles.right : undefined
                      }
                    >
                      <table.FlexRender cell={cell} />
                    </div>
                  ),
                )
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
