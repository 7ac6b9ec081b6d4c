/** What the list of sessions shows, as the URL keeps it. Pure. */
import { ALL_TIME, rangeLength } from "../../grammar/range";

export interface SessionsSearch {
  since?: string;
  q?: string;
  user?: string;
}

export function parseSessionsSearch(raw: Record<string, unknown>): SessionsSearch {
  const search: SessionsSearch = {};
  if (typeof raw.since === "string" && raw.since !== ALL_TIME && rangeLength(raw.since)) {
    search.since = raw.since;
  }
  for (const name of ["q", "user"] as const) {
    const value = raw[name];
    if (typeof value === "string" && value.trim() !== "") search[name] = value;
  }
  return search;
}
