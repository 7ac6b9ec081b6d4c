/** What the list of agents shows, as the URL keeps it. Pure. */
import { parseRangeSearch, type RangeSearch } from "../../grammar/range";
import type { Sort } from "../../ui/DataTable";

export interface AgentsSearch extends RangeSearch {
  sort?: string;
  q?: string;
}

export const DEFAULT_RANGE = "7d";
const COLUMNS = [
  "name",
  "total_runs",
  "failed_runs",
  "success_rate",
  "avg_cost",
  "total_cost",
  "p95",
  "last_run_at",
];

export function parseAgentsSearch(raw: Record<string, unknown>): AgentsSearch {
  const search: AgentsSearch = parseRangeSearch(raw);
  if (typeof raw.sort === "string" && COLUMNS.includes(raw.sort.replace(/^-/, ""))) {
    search.sort = raw.sort;
  }
  if (typeof raw.q === "string" && raw.q !== "") search.q = raw.q;
  return search;
}

/** The busiest first, unless asked otherwise. */
export function agentsSort(search: AgentsSearch): Sort {
  const text = search.sort ?? "-total_runs";
  return { column: text.replace(/^-/, ""), descending: text.startsWith("-") };
}
