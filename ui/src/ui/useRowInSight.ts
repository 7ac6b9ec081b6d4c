import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect } from "react";

/**
 * Scrolls a list to its chosen row when another is chosen, and when the list gets smaller while that
 * row is in sight. Rows that come by themselves move nothing. `row` is -1 where the chosen one has none.
 */
export function useRowInSight(
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  row: number,
  chosen: number,
) {
  useEffect(() => {
    if (row >= 0) virtualizer.scrollToIndex(row, { align: "auto" });
    // oxlint-disable-next-line react/exhaustive-deps -- live rows must not move what is read
  }, [virtualizer, chosen]);

  useEffect(() => {
    const scroller = virtualizer.scrollElement;
    if (!scroller || row < 0) return;
    let heightPx = scroller.clientHeight;
    const observer = new ResizeObserver(() => {
      const { start = 0, end = 0 } = virtualizer.measurementsCache[row] ?? {};
      const bottom = scroller.scrollTop + heightPx - virtualizer.options.scrollPaddingEnd;
      heightPx = scroller.clientHeight;
      // Heights and places are rounded, each in its own way.
      if (start >= scroller.scrollTop - 2 && end <= bottom + 2) {
        virtualizer.scrollToIndex(row, { align: "auto" });
      }
    });
    observer.observe(scroller);
    return () => observer.disconnect();
  }, [virtualizer, row]);
}
