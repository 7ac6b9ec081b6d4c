import type { QueryClient } from "@tanstack/react-query";
import { agentsQuery, statsQuery } from "../../api/figures";
import type { Agent } from "../../api/types";
import { bucketFor, type RangeSearch } from "../../grammar/range";
import { pageRange, type PageRange } from "../../grammar/useRange";
import { DEFAULT_RANGE } from "./search";

export function prefetchAgents(queryClient: QueryClient, search: RangeSearch) {
  void queryClient.prefetchQuery(agentsQuery(pageRange(search, DEFAULT_RANGE).asked));
}

const BARS = 28;
const DAY_MS = 86_400_000;

/** What an agent's small drawing covers; of all time since its first run, but a day at least. */
export function sparklineSpan(agent: Agent, range: PageRange) {
  const { sinceMs, untilMs } = range.now();
  const fromMs = sinceMs ?? Math.min(untilMs - DAY_MS, Date.parse(agent.created_at));
  return { fromMs, untilMs, bucket: bucketFor(untilMs - fromMs, BARS) };
}

export const sparklineQuery = (agent: Agent, range: PageRange) => ({
  ...statsQuery(range.asked, agent.name, sparklineSpan(agent, range).bucket.text),
  staleTime: 30_000,
});
