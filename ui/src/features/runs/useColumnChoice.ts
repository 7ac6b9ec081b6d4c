/** Which columns a person wants, kept in the browser: a preference, not part of the address. */
import { useState } from "react";

const KEY = "vedette.runs.shown";

interface OptionalColumn {
  value: string;
  shown: boolean;
}

export function useColumnChoice(
  columns: OptionalColumn[],
): [ReadonlySet<string>, (column: string, shown: boolean) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => {
    const hiddenBut = (shown: (column: OptionalColumn) => boolean) =>
      new Set(columns.filter((column) => !shown(column)).map(({ value }) => value));
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
      if (Array.isArray(kept)) return hiddenBut(({ value }) => kept.includes(value));
    } catch {
      // Nothing kept, or nothing that can be read.
    }
    return hiddenBut(({ shown }) => shown);
  });
  return [
    hidden,
    (column, shown) => {
      const next = new Set(hidden);
      if (shown) next.delete(column);
      else next.add(column);
      setHidden(next);
      try {
        const kept = columns.map(({ value }) => value).filter((value) => !next.has(value));
        localStorage.setItem(KEY, JSON.stringify(kept));
      } catch {
        // It holds for this page then.
      }
    },
  ];
}
