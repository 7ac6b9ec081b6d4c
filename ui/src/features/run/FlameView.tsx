/**
 * A run as a flame: time to the right, each span below what called it, what ran at the same time
 * one under the other. Drawn on a canvas, as a run may have tens of thousands of spans; the table
 * of spans is the same for who cannot see it.
 */
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { formatDuration, plural } from "../../grammar/format";
import { kindLook } from "../../grammar/kinds";
import { Button } from "../../ui/Button";
import { useShortcuts } from "../../ui/shortcuts";
import { drawFlame, LINE_HEIGHT, spanUnder, useColors } from "./flameDrawing";
import { flameLanes } from "./flameLanes";
import styles from "./FlameView.module.css";
import { drawnWindow, stretchText, type RunSearch, type View } from "./search";
import { TimeAxis } from "./TimeAxis";
import { timeAt, zoom, type TimeWindow } from "./timeline";
import type { SpanTree } from "./tree";
import { ViewBar } from "./ViewBar";

export function FlameView({
  tree,
  selected,
  search,
  onSearch,
  onView,
}: {
  tree: SpanTree;
  selected: number;
  search: RunSearch;
  onSearch: (change: Partial<Record<keyof RunSearch, string | undefined>>) => void;
  onView: (view: View) => void;
}) {
  const axis = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const swatches = useRef<HTMLDivElement>(null);
  const colors = useColors(swatches);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const [pointed, setPointed] = useState<{ x: number; y: number } | null>(null);

  const flame = useMemo(() => flameLanes(tree), [tree]);
  const whole: TimeWindow = { fromMs: tree.startMs, toMs: tree.endMs };
  const drawn = drawnWindow(search.t, tree);
  const { fromMs, toMs } = drawn;
  const under = pointed === null ? -1 : spanAt(pointed.x, pointed.y, size.width);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!canvas.current || !colors) return;
    drawFlame(canvas.current, {
      tree,
      lanes: flame.lanes,
      window: { fromMs, toMs },
      ...size,
      scrollTop,
      selected,
      pointed: under,
      colors,
    });
  }, [tree, flame, fromMs, toMs, size, scrollTop, selected, under, colors]);

  useEffect(() => {
    const lane = flame.lanes[selected] ?? 0;
    const element = scroller.current;
    if (!element) return;
    const top = lane * LINE_HEIGHT;
    if (top < element.scrollTop || top + LINE_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top - element.clientHeight / 2;
    }
  }, [flame, selected]);

  function select(at: number) {
    const span = tree.nodes[at]?.span;
    if (span) onSearch({ span: span.id });
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
  const around = () => {
    const node = tree.nodes[selected];
    return node ? (node.startMs + node.endMs) / 2 : (fromMs + toMs) / 2;
  };
  /** To the span that fills the drawing; once more for the whole run. */
  function toSpan(at: number) {
    const node = tree.nodes[at];
    if (!node || node.endMs <= node.startMs) return onSearch({ t: undefined });
    const fills = node.startMs === fromMs && node.endMs === toMs;
    const stretch = { fromMs: node.startMs - tree.startMs, toMs: node.endMs - tree.startMs };
    onSearch({ t: fills || node.parent === -1 ? undefined : stretchText(stretch) });
  }
  useShortcuts([
    { keys: ["j", "ArrowDown"], does: "Next span", run: () => select(selected + 1) },
    { keys: ["k", "ArrowUp"], does: "Previous span", run: () => select(selected - 1) },
    {
      keys: ["h", "ArrowLeft"],
      does: "To what called it",
      run: () => select(tree.nodes[selected]?.parent ?? -1),
    },
    { keys: ["+", "="], does: "Zoom in on the span", run: () => zoomBy(0.5, around()) },
    { keys: ["-"], does: "Zoom out", run: () => zoomBy(2, around()) },
  ]);

  function spanAt(x: number, y: number, width: number) {
    return spanUnder(tree, flame.lanes, { fromMs, toMs }, width, x, y);
  }
  /** From the event itself: a press may come before what the pointer's way brought is drawn. */
  function spanOf(event: React.MouseEvent) {
    const { x, y } = place(event);
    return spanAt(x, y, event.currentTarget.clientWidth);
  }
  function place(event: PointerEvent | React.MouseEvent) {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
  const node = tree.nodes[under];
  return (
    <section className={styles.view} aria-label="Flame of the run">
      <ViewBar view="flame" onView={onView}>
        {search.t ? (
          <Button look="quiet" onClick={() => onSearch({ t: undefined })}>
            whole run
          </Button>
        ) : null}
        <span className="faint">{plural(tree.nodes.length, "span")}</span>
      </ViewBar>
      <div className={styles.axis}>
        <TimeAxis
          ref={axis}
          window={drawn}
          originMs={tree.startMs}
          pointed={
            pointed === null
              ? null
              : formatDuration(timeAt(pointed.x / size.width, drawn) - tree.startMs)
          }
          onStretch={(next) => onSearch({ t: next ? stretchText(next) : undefined })}
        />
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      >
        <button
          type="button"
          className={styles.surface}
          style={{ height: Math.max(size.height, flame.count * LINE_HEIGHT + 24) }}
          aria-label={`${plural(tree.nodes.length, "span")} on ${plural(flame.count, "line")} over ${formatDuration(tree.endMs - tree.startMs)}. The view Spans lists the same.`}
          onPointerMove={(event) => setPointed(place(event))}
          onPointerLeave={() => setPointed(null)}
          onClick={(event) => select(spanOf(event))}
          onDoubleClick={(event) => toSpan(spanOf(event))}
        >
          <canvas ref={canvas} className={styles.canvas} aria-hidden="true" />
        </button>
      </div>
      {node && pointed ? (
        <div
          className={styles.tip}
          style={{
            left: Math.min(pointed.x + 12, Math.max(0, size.width - 240)),
            top: Math.min(pointed.y - scrollTop + 90, size.height + 20),
          }}
        >
          <b>
            <bdi>{node.span.name}</bdi>
          </b>
          <span className="dim">
            {`${kindLook(node.span.kind).label}, ${formatDuration(node.endMs - node.startMs)}, from ${formatDuration(node.startMs - tree.startMs)}`}
          </span>
        </div>
      ) : null}
      <div ref={swatches} className={styles.swatches} aria-hidden="true" />
    </section>
  );
}
