/** What the overview asks for. */
import type { QueryClient } from "@tanstack/react-query";
import { agentsQuery, costsQuery, someRunsQuery, statsQuery } from "../../api/figures";
import type { Agent } from "../../api/types";
import { prefetchOverTime } from "../../charts/useOverTime";
import type { RangeSearch } from "../../grammar/range";
import { pageRange, type PageRange } from "../../grammar/useRange";
import { sparklineQuery } from "../agents/queries";
import { incidentsQuery } from "../incidents/useIncidents";
import { DEFAULT_RANGE } from "./search";
import { FAILED_SEEN, troubled, troubledFirst } from "./sentence";

export const INCIDENTS_SHOWN = 6;
export const RUNNING_SHOWN = 8;
export const AGENTS_SHOWN = 8;

export const openIncidentsOf = (agent?: string) =>
  incidentsQuery(agent ? { agent } : {}, INCIDENTS_SHOWN);

/** Whatever the range, what has not ended. */
export const runningQuery = someRunsQuery(
  { key: "ever", range: () => ({ sinceMs: null, untilMs: Date.now() + 60_000 }) },
  { status: ["running"], limit: RUNNING_SHOWN + 1 },
  null,
);

/** What the runs of the agent in most trouble failed with, if any did. */
export const failedQuery = (range: PageRange, agents: Agent[]) => {
  const worst = troubled(agents)[0];
  return {
    ...someRunsQuery(range.asked, { status: ["failed"], limit: FAILED_SEEN }, worst?.name ?? ""),
    enabled: (worst?.failed_runs ?? 0) > 0,
  };
};

/** Until all is there that the sentence says; and asks for what is drawn of the agents shown. */
async function prefetchAgents(queryClient: QueryClient, range: PageRange) {
  const query = agentsQuery(range.asked);
  await queryClient.prefetchQuery(query);
  const agents = queryClient.getQueryData(query.queryKey) ?? [];
  for (const agent of troubledFirst(agents).slice(0, AGENTS_SHOWN)) {
    void queryClient.prefetchQuery(sparklineQuery(agent, range));
  }
  const failed = failedQuery(range, agents);
  if (failed.enabled) await queryClient.prefetchQuery(failed);
}

/** Resolves when all is there that the sentence says. */
export function prefetchOverview(queryClient: QueryClient, search: RangeSearch): Promise<void> {
  const range = pageRange(search, DEFAULT_RANGE);
  const said = prefetchAgents(queryClient, range);
  prefetchOverTime(queryClient, range);
  void queryClient.prefetchQuery(costsQuery(range.asked, "model"));
  if (range.before) void queryClient.prefetchQuery(statsQuery(range.before, null));
  void queryClient.prefetchQuery(openIncidentsOf());
  void queryClient.prefetchQuery(runningQuery);
  return said;
}
