/** The agents: how often each ran, how well, how dear, how slow. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { answer, client } from "../../api/client";
import { useLiveBatches } from "../../api/stream";
import type { Agent, AgentPage } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Ago, Cost, Duration, SuccessRate } from "../../grammar/figures";
import { formatCount, parseTime } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { LiveDot } from "../../grammar/LiveDot";
import { ALL_TIME, RANGES, rangeStart } from "../../grammar/range";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Choice";
import { columnsOf, DataTable, type Columns } from "../../ui/DataTable";
import { SearchBox } from "../../ui/SearchBox";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import styles from "./AgentsPage.module.css";
import { AgentSparkline } from "./AgentSparkline";
import { agentsSort, DEFAULT_RANGE, type AgentsSearch } from "./search";
import { agentsSentence } from "./sentence";
import { ThreeCounts } from "./ThreeCounts";

const PAGE_SIZE = 1000;

function useAgents(range: string) {
  return useQuery({
    queryKey: ["agents", range],
    queryFn: async ({ signal }) => {
      const since = rangeStart(range, Date.now());
      const agents: Agent[] = [];
      let cursor: string | null = null;
      do {
        const page: AgentPage = await answer<AgentPage>(
          client.GET("/api/v1/agents", {
            params: {
              query: {
                ...(since ? { since } : {}),
                ...(cursor ? { cursor } : {}),
                limit: PAGE_SIZE,
              },
            },
            signal,
          }),
        );
        agents.push(...page.agents);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return agents;
    },
    placeholderData: keepPreviousData,
  });
}

export function AgentsPage() {
  const search = useSearch({ from: "/shell/agents" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const range = search.since ?? DEFAULT_RANGE;
  const agents = useAgents(range);
  const setSearch = useCallback(
    (next: AgentsSearch, replace = false) =>
      void navigate({ to: "/agents", search: next, replace }),
    [navigate],
  );

  // Figures follow, but gently: several questions a second would tell nothing more.
  useLiveBatches(
    () => {
      void queryClient.invalidateQueries({ queryKey: ["agents"] });
      void queryClient.invalidateQueries({ queryKey: ["agent-stats"] });
    },
    (event) => event.type !== "span",
    agents.isSuccess,
    5_000,
  );

  const all = useMemo(() => agents.data ?? [], [agents.data]);
  const wanted = search.q?.toLowerCase();
  const rows = useMemo(
    () => (wanted ? all.filter((agent) => agent.name.toLowerCase().includes(wanted)) : all),
    [all, wanted],
  );
  const columns = useMemo(() => agentColumns(range), [range]);
  const sentence = agentsSentence(all, range);
  useDocumentTitle(agents.isSuccess ? sentenceText(sentence) : "Agents");

  if (agents.isError) return <Failure error={agents.error} onRetry={() => void agents.refetch()} />;
  const toRuns = (agent: Agent) =>
    void navigate({ to: "/runs", search: runsOf(agent.name, range) });
  return (
    <>
      <div className={styles.top}>
        <span className={styles.crumb}>Agents</span>
        <LiveDot />
        <div className={styles.controls}>
          <SearchBox
            label="Find agents"
            value={search.q ?? ""}
            onChange={(q) => setSearch({ ...search, q }, search.q !== undefined)}
          />
          <Choice
            label="Range"
            value={range}
            options={RANGES}
            onChange={(since) => setSearch({ ...search, since })}
          />
        </div>
      </div>
      {agents.isPending ? (
        <Loading label="Loading the agents" />
      ) : (
        <>
          <Sentence words={sentence} />
          <p className={styles.sub}>
            Success rate is of all runs in the range; average cost and p95 are of those that ended.
          </p>
          {rows.length === 0 ? (
            <div className={styles.nothing}>
              {all.length > 0 ? (
                <p>No agent has such a name.</p>
              ) : (
                <>
                  <p>An agent is listed as soon as it has a run.</p>
                  {range === ALL_TIME ? (
                    <Link to="/runs" className="link">
                      How to send the first
                    </Link>
                  ) : (
                    <Button onClick={() => setSearch({ since: ALL_TIME })}>Look in all time</Button>
                  )}
                </>
              )}
            </div>
          ) : (
            <DataTable
              label="Agents"
              columns={columns}
              rows={rows}
              rowId={(agent) => agent.name}
              onOpen={toRuns}
              card={(agent) => <AgentCard agent={agent} range={range} />}
              cardHeight={84}
              sort={agentsSort(search)}
              onSort={({ column, descending }) =>
                setSearch({ ...search, sort: `${descending ? "-" : ""}${column}` })
              }
            />
          )}
        </>
      )}
    </>
  );
}

function runsOf(agent: string, range: string) {
  return range === ALL_TIME ? { agent } : { agent, since: range };
}

function AgentLink({ agent, range }: { agent: Agent; range: string }) {
  return (
    <Link to="/runs" search={runsOf(agent.name, range)} className={styles.name}>
      <KindIcon kind="agent" />
      <bdi>{agent.name}</bdi>
    </Link>
  );
}

const column = columnsOf<Agent>();
const money = (usd: string | null) => (usd === null ? -1 : Number(usd));
const NO_COST = "no completed run has a known cost";

function agentColumns(range: string): Columns<Agent> {
  return column.columns([
    column.accessor("name", {
      header: "agent",
      cell: ({ row }) => <AgentLink agent={row.original} range={range} />,
      meta: { track: "minmax(140px, 1.6fr)" },
    }),
    column.display({
      id: "trend",
      header: "runs over time",
      cell: ({ row }) => <AgentSparkline agent={row.original} range={range} />,
      meta: { track: "140px" },
    }),
    column.accessor("total_runs", {
      header: "runs",
      cell: ({ row }) => formatCount(row.original.total_runs),
      meta: { track: "70px", align: "right" },
    }),
    column.display({
      id: "counts",
      header: "did its job",
      cell: ({ row }) => <ThreeCounts agent={row.original} />,
      meta: { track: "minmax(130px, 1fr)", hint: "did its job, did not, gave no signal" },
    }),
    column.accessor((agent) => agent.success_rate ?? -1, {
      id: "success_rate",
      header: "success",
      cell: ({ row }) => <Rate agent={row.original} />,
      meta: { track: "78px", align: "right" },
    }),
    column.accessor((agent) => money(agent.avg_cost_per_run_usd), {
      id: "avg_cost",
      header: "average cost",
      cell: ({ row }) =>
        row.original.avg_cost_per_run_usd === null ? (
          <Unknown reason={NO_COST} />
        ) : (
          <Cost usd={row.original.avg_cost_per_run_usd} />
        ),
      meta: { track: "96px", align: "right" },
    }),
    column.accessor((agent) => money(agent.total_cost_usd), {
      id: "total_cost",
      header: "total cost",
      cell: ({ row }) =>
        row.original.total_cost_usd === null ? (
          <Unknown reason={NO_COST} />
        ) : (
          <Cost usd={row.original.total_cost_usd} />
        ),
      meta: { track: "84px", align: "right" },
    }),
    column.accessor((agent) => agent.p95_latency_ms ?? -1, {
      id: "p95",
      header: "p95",
      cell: ({ row }) =>
        row.original.p95_latency_ms === null ? (
          <Unknown reason="no run has ended" />
        ) : (
          <Duration ms={row.original.p95_latency_ms} />
        ),
      meta: { track: "92px", align: "right", hint: "95 of 100 runs were faster" },
    }),
    column.accessor((agent) => (agent.last_run_at ? parseTime(agent.last_run_at) : 0), {
      id: "last_run_at",
      header: "last run",
      cell: ({ row }) => <Ago at={row.original.last_run_at} />,
      meta: { track: "88px", align: "right" },
    }),
  ]) as Columns<Agent>;
}

function Rate({ agent }: { agent: Agent }) {
  return (
    <SuccessRate
      rate={agent.success_rate}
      success={agent.success_count}
      failure={agent.failure_count}
      noSignal={agent.no_signal_count}
    />
  );
}

function AgentCard({ agent, range }: { agent: Agent; range: string }) {
  return (
    <div className={styles.card}>
      <div className={styles.cardLine}>
        <AgentLink agent={agent} range={range} />
        <span className="dim">
          <Ago at={agent.last_run_at} />
        </span>
      </div>
      <ThreeCounts agent={agent} />
      <div className={`${styles.cardLine} dim`}>
        <span>{formatCount(agent.total_runs)} runs</span>
        <Rate agent={agent} />
        <Cost usd={agent.total_cost_usd} />
        <Duration ms={agent.p95_latency_ms} />
      </div>
    </div>
  );
}
