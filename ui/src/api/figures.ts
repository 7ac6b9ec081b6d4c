/** Questions for figures over a range, which several pages ask. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { rangeQuery, zoneName, type Range } from "../grammar/range";
import { answer, client } from "./client";
import type { Agent, AgentPage, Costs, RunPage, RunsQuery, Stats } from "./types";

/**
 * What a figure is asked for. `key` names the range as the address does, so that "the last day" is
 * one question though its moments move; `range` settles it at the moment of asking.
 */
export interface Asked {
  key: string;
  range: () => Range;
}

const shared = { placeholderData: keepPreviousData, staleTime: 10_000 };

/** Of everything that ran, or of the runs of one agent. */
export const statsQuery = ({ key, range }: Asked, agent: string | null, bucket?: string) =>
  queryOptions({
    queryKey: ["figures", "stats", key, agent, bucket ?? null],
    queryFn: ({ signal }) => {
      const query = { ...rangeQuery(range()), ...(bucket ? { bucket } : {}) };
      return answer<Stats>(
        agent === null
          ? client.GET("/api/v1/stats", { params: { query }, signal })
          : client.GET("/api/v1/agents/{name}/stats", {
              params: { path: { name: agent }, query },
              signal,
            }),
      );
    },
    ...shared,
  });

const AGENTS_A_PAGE = 1000;

/** Every agent that ran in the range. */
export const agentsQuery = ({ key, range }: Asked) =>
  queryOptions({
    queryKey: ["figures", "agents", key],
    queryFn: async ({ signal }) => {
      const query = rangeQuery(range());
      const agents: Agent[] = [];
      let cursor: string | null = null;
      do {
        const page: AgentPage = await answer<AgentPage>(
          client.GET("/api/v1/agents", {
            params: { query: { ...query, ...(cursor ? { cursor } : {}), limit: AGENTS_A_PAGE } },
            signal,
          }),
        );
        agents.push(...page.agents);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return agents;
    },
    ...shared,
  });

export type CostsBy = "model" | "agent" | "workflow" | "customer" | "feature" | "user" | "day";

export const costsQuery = ({ key, range }: Asked, by: CostsBy) =>
  queryOptions({
    queryKey: ["figures", "costs", key, by],
    queryFn: ({ signal }) =>
      answer<Costs>(
        client.GET("/api/v1/costs", {
          params: {
            query: { by, ...rangeQuery(range()), ...(by === "day" ? { tz: zoneName() } : {}) },
          },
          signal,
        }),
      ),
    ...shared,
  });

/**
 * Costs by model of the range that the server takes where none is asked: the last week, or the week that ends with the
 * newest run if nothing ran in the last.
 */
export const newestCostsQuery = queryOptions({
  queryKey: ["figures", "costs", "newest"],
  queryFn: ({ signal }) =>
    answer<Costs>(client.GET("/api/v1/costs", { params: { query: { by: "model" } }, signal })),
  ...shared,
});

/** Some runs, such as the slowest: of all, or of those of one agent. */
export const someRunsQuery = ({ key, range }: Asked, query: RunsQuery, agent: string | null) =>
  queryOptions({
    queryKey: ["figures", "runs", key, query, agent],
    queryFn: ({ signal }) => {
      const params = { query: { ...query, ...rangeQuery(range()) } };
      return answer<RunPage>(
        agent === null
          ? client.GET("/api/v1/runs", { params, signal })
          : client.GET("/api/v1/agents/{name}/runs", {
              params: { ...params, path: { name: agent } },
              signal,
            }),
      );
    },
    ...shared,
  });
