/** What an agent's page asks for. */
import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { statsQuery, type Asked } from "../../api/figures";
import { answer, client } from "../../api/client";
import { prefetchOverTime } from "../../charts/useOverTime";
import type { RangeSearch } from "../../grammar/range";
import { pageRange } from "../../grammar/useRange";

export const DEFAULT_RANGE = "7d";

export function prefetchAgent(queryClient: QueryClient, name: string, search: RangeSearch) {
  const range = pageRange(search, DEFAULT_RANGE);
  prefetchOverTime(queryClient, range, name);
  if (range.before) void queryClient.prefetchQuery(statsQuery(range.before, name));
}

/** What only SQL can say of an agent's runs: their figures by version and by outcome. */
export interface Group {
  /** Null gathers runs that did not say. */
  name: string | null;
  runs: number;
  success: number;
  failure: number;
  avgCostUsd: number | null;
  p95Ms: number | null;
  lastRunAt: string | null;
}

const GROUPS_MAX = 50;

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** The question for one of the two columns; p95 by the nearest rank of the runs that ended, as everywhere. Pure. */
export function groupsSql(
  column: "version" | "outcome",
  agent: string,
  sinceMs: number | null,
  untilMs: number,
): string {
  const at = (ms: number) => `TIMESTAMP ${quoted(new Date(ms).toISOString())}`;
  return `SELECT ${column}, count(*) AS runs,
  count(*) FILTER (WHERE success) AS success,
  count(*) FILTER (WHERE NOT success) AS failure,
  avg(cost_usd) AS avg_cost_usd,
  min(duration_ms) FILTER (WHERE place = (ended * 95 + 99) / 100) AS p95_ms,
  max(started_at) AS last_run_at
FROM (SELECT ${column}, success, cost_usd, duration_ms, started_at,
  row_number() OVER (PARTITION BY ${column} ORDER BY duration_ms NULLS LAST) AS place,
  count(duration_ms) OVER (PARTITION BY ${column}) AS ended
FROM runs
WHERE agent = ${quoted(agent)} AND kind <> 'trace'
  AND started_at < ${at(untilMs)}${sinceMs === null ? "" : ` AND started_at >= ${at(sinceMs)}`})
GROUP BY ${column} ORDER BY ${column === "version" ? "last_run_at" : "runs"} DESC LIMIT ${GROUPS_MAX}`;
}

export const groupsQuery = ({ key, range }: Asked, column: "version" | "outcome", agent: string) =>
  queryOptions({
    queryKey: ["figures", "groups", key, column, agent],
    queryFn: async ({ signal }): Promise<Group[]> => {
      const { sinceMs, untilMs } = range();
      const query = groupsSql(column, agent, sinceMs, untilMs);
      const { rows } = await answer<{ rows: unknown[][] }>(
        client.POST("/api/v1/sql", { body: { query }, signal }),
      );
      return rows.map(([name, runs, success, failure, cost, p95, last]) => ({
        name: typeof name === "string" ? name : null,
        runs: Number(runs),
        success: Number(success),
        failure: Number(failure),
        avgCostUsd: typeof cost === "number" ? cost : null,
        p95Ms: typeof p95 === "number" ? p95 : null,
        lastRunAt: typeof last === "string" ? last : null,
      }));
    },
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
