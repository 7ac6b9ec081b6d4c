/** Two panes and the border between them, which can be moved. Stacked on a narrow screen. */
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import styles from "./Split.module.css";

const MIN = 25;
const MAX = 75;
const FIRST = 58;

function kept(storageKey: string): number {
  try {
    const share = Number(localStorage.getItem(storageKey) ?? NaN);
    return share >= MIN && share <= MAX ? share : FIRST;
  } catch {
    return FIRST;
  }
}

export function Split({
  label,
  storageKey,
  className = "",
  children,
}: {
  label: string;
  storageKey: string;
  className?: string | undefined;
  children: [ReactNode, ReactNode];
}) {
  const [share, setShare] = useState(() => kept(storageKey));
  const frame = useRef<HTMLDivElement>(null);

  function move(next: number) {
    const rounded = Math.round(Math.min(MAX, Math.max(MIN, next)) * 10) / 10;
    setShare(rounded);
    try {
      localStorage.setItem(storageKey, String(rounded));
    } catch {
      // It holds for this page then.
    }
  }
  function dragged(event: PointerEvent) {
    const box = frame.current?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    move(((event.clientX - box.left) / box.width) * 100);
  }
  function pressed(event: KeyboardEvent) {
    const by = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(share + by);
  }
  return (
    <div
      ref={frame}
      className={`${styles.split} ${className}`}
      style={{ "--share": `${share}%` } as React.CSSProperties}
    >
      <div className={styles.pane}>{children[0]}</div>
      <div
        role="separator"
        aria-label={label}
        aria-orientation="vertical"
        aria-valuenow={Math.round(share)}
        aria-valuemin={MIN}
        aria-valuemax={MAX}
        tabIndex={0}
        className={styles.handle}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={dragged}
        onKeyDown={pressed}
      />
      <div className={styles.pane}>{children[1]}</div>
    </div>
  );
}
