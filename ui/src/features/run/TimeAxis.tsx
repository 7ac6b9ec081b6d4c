/** The time above the bars. A drag along it chooses the stretch that is drawn. */
import { useEffect, useState, type PointerEvent, type RefObject } from "react";
import { formatDuration } from "../../grammar/format";
import type { Stretch } from "./search";
import styles from "./TimeAxis.module.css";
import { axisTicks, placeBar, timeAt, type TimeWindow } from "./timeline";

const DRAG_PX_MIN = 4;
const CHARACTER_PX = 7;
const GAP_PX = 10;

export function TimeAxis({
  window,
  originMs,
  pointed,
  onStretch,
  ref,
}: {
  window: TimeWindow;
  originMs: number;
  /** The time under the pointer, in words. */
  pointed: string | null;
  onStretch: (stretch: Stretch | null) => void;
  ref: RefObject<HTMLDivElement | null>;
}) {
  const [drag, setDrag] = useState<{ fromX: number; toX: number } | null>(null);
  const [widthPx, setWidthPx] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidthPx(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  const box = (event: PointerEvent) => event.currentTarget.getBoundingClientRect();

  function dropped(event: PointerEvent) {
    const { left, width } = box(event);
    if (drag && Math.abs(drag.toX - drag.fromX) >= DRAG_PX_MIN) {
      const [a, b] = [drag.fromX, drag.toX].toSorted((x, y) => x - y) as [number, number];
      onStretch({
        fromMs: timeAt((a - left) / width, window) - originMs,
        toMs: timeAt((b - left) / width, window) - originMs,
      });
    }
    setDrag(null);
  }
  return (
    <div
      ref={ref}
      className={styles.axis}
      title="Drag to zoom, double click for the whole run"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ fromX: event.clientX, toX: event.clientX });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, toX: event.clientX })}
      onPointerUp={dropped}
      onDoubleClick={() => onStretch(null)}
    >
      {pointed === null ? (
        ticksThatFit(window, originMs, widthPx).map((tick) => {
          const at = placeBar(originMs + tick, originMs + tick, window)?.left ?? 0;
          const label = tickWords(tick);
          // Half of a label stands on either side of its moment, but never outside.
          const half = (label.length * CHARACTER_PX) / 2;
          const left = Math.min(widthPx - half, Math.max(half, at * widthPx));
          return (
            <span key={tick} className={styles.tick} style={{ left }}>
              {label}
            </span>
          );
        })
      ) : (
        <span className={styles.pointed}>{pointed}</span>
      )}
      {drag ? <Selection from={drag.fromX} to={drag.toX} /> : null}
    </div>
  );
}

/** As many as their labels leave room for. */
function ticksThatFit(window: TimeWindow, originMs: number, widthPx: number): number[] {
  for (let most = Math.floor(widthPx / 30); most > 1; most--) {
    const ticks = axisTicks(window, originMs, most);
    const longest = Math.max(...ticks.map((tick) => tickWords(tick).length));
    if (ticks.length * (longest * CHARACTER_PX + GAP_PX) <= widthPx) return ticks;
  }
  return axisTicks(window, originMs, 1);
}

/** Round moments need no zeros. */
function tickWords(ms: number): string {
  return ms === 0
    ? "0 s"
    : formatDuration(ms)
        .replace(/\.0 s$/, " s")
        .replace(/ 00 (s|min)$/, "");
}

function Selection({ from, to }: { from: number; to: number }) {
  return (
    <i
      className={styles.selection}
      ref={(element) => {
        const left = element?.parentElement?.getBoundingClientRect().left ?? 0;
        if (!element) return;
        element.style.left = `${Math.min(from, to) - left}px`;
        element.style.width = `${Math.abs(to - from)}px`;
      }}
    />
  );
}
