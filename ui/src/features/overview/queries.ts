/** What the overview asks for. */
import type { QueryClient } from "@tanstack/react-query";
import { agentsQuery, costsQuery, someRunsQuery, statsQuery } from "../../api/figures";
import { prefetchOverTime } from "../../charts/useOverTime";
import type { RangeSearch } from "../../grammar/range";
import { pageRange } from "../../grammar/useRange";
import { incidentsQuery } from "../incidents/useIncidents";
import { DEFAULT_RANGE } from "./search";

export const INCIDENTS_SHOWN = 6;
export const RUNNING_SHOWN = 8;

export const openIncidentsOf = (agent?: string) =>
  incidentsQuery(agent ? { agent } : {}, INCIDENTS_SHOWN);

/** Whatever the range, what has not ended. */
export const runningQuery = someRunsQuery(
  { key: "ever", range: () => ({ sinceMs: null, untilMs: Date.now() + 60_000 }) },
  { status: ["running"], limit: RUNNING_SHOWN + 1 },
  null,
);

export function prefetchOverview(queryClient: QueryClient, search: RangeSearch) {
  const range = pageRange(search, DEFAULT_RANGE);
  void queryClient.prefetchQuery(agentsQuery(range.asked));
  prefetchOverTime(queryClient, range);
  void queryClient.prefetchQuery(costsQuery(range.asked, "model"));
  if (range.before) void queryClient.prefetchQuery(statsQuery(range.before, null));
  void queryClient.prefetchQuery(openIncidentsOf());
  void queryClient.prefetchQuery(runningQuery);
}
