/** The one time cursor: what is pointed at in one chart is marked in all charts of the page. */
import { createContext, use, useMemo, useState, type ReactNode } from "react";

interface Cursor {
  atMs: number | null;
  setAtMs: (atMs: number | null) => void;
}

const CursorContext = createContext<Cursor>({ atMs: null, setAtMs: () => undefined });

export function TimeCursor({ children }: { children: ReactNode }) {
  const [atMs, setAtMs] = useState<number | null>(null);
  const cursor = useMemo(() => ({ atMs, setAtMs }), [atMs]);
  return <CursorContext value={cursor}>{children}</CursorContext>;
}

export const useTimeCursor = () => use(CursorContext);
