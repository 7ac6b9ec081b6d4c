/** Days of a cost report as a calendar without holes: a day without a run cost nothing. Pure. */
import type { Costs } from "../../api/types";

type DayRow = Pick<Costs["rows"][number], "key" | "cost_usd" | "runs">;

export interface Day {
  /** `2026-03-12`, in the zone asked for. */
  date: string;
  /** Null where nothing of it could be priced. */
  costUsd: string | null;
  runs: number;
}

const DAYS_MAX = 400;

/** Newest first, from the newest to the oldest day that is in the report. */
export function calendar(rows: DayRow[]): Day[] {
  const byDate = new Map(
    rows.flatMap((row) => (row.key === null ? [] : [[row.key, row] as const])),
  );
  const dates = [...byDate.keys()].toSorted();
  const [oldest, newest] = [dates[0], dates.at(-1)];
  if (!oldest || !newest) return [];
  const days: Day[] = [];
  // At noon, so that no change of the clock skips a date.
  for (let at = Date.parse(`${newest}T12:00:00Z`); days.length < DAYS_MAX; at -= 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10);
    if (date < oldest) break;
    const row = byDate.get(date);
    days.push({ date, costUsd: row ? row.cost_usd : "0", runs: row?.runs ?? 0 });
  }
  return days;
}

export interface PartOfDay {
  since: string;
  until: string;
  /** Why it is not the whole day; "" of a whole one. */
  cut: "so far" | "in part" | "";
}

/** What a report covers of a day in local time, as an address has it; one without `until` goes on. */
export function partOfDay(
  date: string,
  { since, until }: { since?: string | null | undefined; until?: string | null | undefined },
  now: number,
): PartOfDay {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  const startMs = new Date(year, month - 1, day).getTime();
  const endMs = new Date(year, month - 1, day + 1).getTime();
  const sinceMs = Math.max(startMs, since ? Date.parse(since) : startMs);
  const untilMs = Math.min(endMs, until ? Date.parse(until) : endMs);
  const isOver = untilMs <= now;
  const isCut = sinceMs > startMs || (isOver && untilMs < endMs);
  return {
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    cut: isCut ? "in part" : isOver ? "" : "so far",
  };
}
