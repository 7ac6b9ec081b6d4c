/** Which columns a person wants, kept in the browser: a preference, not part of the address. */
import { useState } from "react";

const KEY = "vedette.runs.columns";

interface OptionalColumn {
  value: string;
  shown: boolean;
}

export function useColumnChoice(
  columns: OptionalColumn[],
): [ReadonlySet<string>, (column: string, shown: boolean) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => {
    const byDefault = columns.filter(({ shown }) => !shown).map(({ value }) => value);
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
      if (Array.isArray(kept)) return new Set(kept.filter((id) => typeof id === "string"));
    } catch {
      // Nothing kept, or nothing that can be read.
    }
    return new Set(byDefault);
  });
  return [
    hidden,
    (column, shown) => {
      const next = new Set(hidden);
      if (shown) next.delete(column);
      else next.add(column);
      setHidden(next);
      try {
        localStorage.setItem(KEY, JSON.stringify([...next]));
      } catch {
        // It holds for this page then.
      }
    },
  ];
}
