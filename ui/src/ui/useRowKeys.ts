/** `j` and `k` on a page of several short lists: from row to row, to the link that each begins with. */
import type { RefObject } from "react";
import { useShortcuts } from "./shortcuts";

/** Only rows within `lists`, in the order in which they stand there; before the first and after the last nothing moves. */
export function useRowKeys(lists: RefObject<HTMLElement | null>) {
  function move(by: number) {
    const rows = [...(lists.current?.querySelectorAll("tbody tr, li") ?? [])].filter((row) =>
      row.querySelector("a"),
    );
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const link = rows[at === -1 ? 0 : at + by]?.querySelector("a");
    link?.focus({ preventScroll: true });
    link?.closest("tr, li")?.scrollIntoView({ block: "nearest" });
  }
  useShortcuts([
    { keys: ["j"], does: "Next row", run: () => move(1) },
    { keys: ["k"], does: "Previous row", run: () => move(-1) },
  ]);
}
