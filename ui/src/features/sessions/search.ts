/** What the list of sessions shows, as the URL keeps it. Pure. */
import { parseRangeSearch, type RangeSearch } from "../../grammar/range";

export interface SessionsSearch extends RangeSearch {
  q?: string;
  user?: string;
}

export function parseSessionsSearch(raw: Record<string, unknown>): SessionsSearch {
  const search: SessionsSearch = parseRangeSearch(raw);
  for (const name of ["q", "user"] as const) {
    const value = raw[name];
    if (typeof value === "string" && value.trim() !== "") search[name] = value;
  }
  return search;
}
