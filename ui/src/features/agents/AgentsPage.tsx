/** The agents: how often each ran, how well, how dear, how slow. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { failureOf } from "../../api/client";
import { agentsQuery } from "../../api/figures";
import { useLiveBatches } from "../../api/stream";
import type { Agent } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Ago, Cost, Duration, SuccessRate } from "../../grammar/figures";
import { formatCount, parseTime, plural } from "../../grammar/format";
import { AgentLink } from "../../grammar/links";
import { LiveDot } from "../../grammar/LiveDot";
import {
  ALL_TIME,
  parseRangeSearch,
  rangeWords,
  spelledOut,
  type RangeSearch,
} from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { usePageRange, type PageRange } from "../../grammar/useRange";
import { Button, buttonClass } from "../../ui/Button";
import { columnsOf, DataTable, type Columns } from "../../ui/DataTable";
import { PageHead } from "../../ui/PageHead";
import { SearchBox } from "../../ui/SearchBox";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import styles from "./AgentsPage.module.css";
import { AgentSparkline } from "./AgentSparkline";
import { FAILED } from "../runs/search";
import { agentsSort, DEFAULT_RANGE, type AgentsSearch } from "./search";
import { agentsSentence } from "./sentence";
import { ThreeCounts } from "./ThreeCounts";

const LIVE_MS = 5_000;

export function AgentsPage() {
  const search = useSearch({ from: "/shell/agents" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const ranged = useMemo(() => parseRangeSearch({ ...search }), [search]);
  const range = usePageRange(ranged, DEFAULT_RANGE);
  const agents = useQuery(agentsQuery(range.asked));
  const [picked, setPicked] = useState<string[]>([]);
  const setSearch = useCallback(
    (next: AgentsSearch, replace = false) =>
      void navigate({ to: "/agents", search: next, replace }),
    [navigate],
  );

  // Figures follow, but gently: several questions a second would tell nothing more.
  useLiveBatches(
    () => void queryClient.invalidateQueries({ queryKey: ["figures"] }),
    (event) => event.type === "run",
    agents.dataUpdatedAt,
    LIVE_MS,
  );

  const all = useMemo(() => agents.data ?? [], [agents.data]);
  const wanted = search.q?.toLowerCase();
  const rows = useMemo(
    () => (wanted ? all.filter((agent) => agent.name.toLowerCase().includes(wanted)) : all),
    [all, wanted],
  );
  // Of two at most: a third takes the place of the first.
  const pick = useCallback(
    (name: string) =>
      setPicked((before) =>
        before.includes(name)
          ? before.filter((each) => each !== name)
          : [...before, name].slice(-2),
      ),
    [],
  );
  const columns = useMemo(
    () => agentColumns(range, ranged, picked, pick),
    [range, ranged, picked, pick],
  );
  const when = rangeWords(
    ranged.until ? ranged.since : (ranged.since ?? DEFAULT_RANGE),
    ranged.until,
  );
  const sentence = agentsSentence(all, when);
  useDocumentTitle(agents.isSuccess ? sentenceText(sentence) : "Agents");

  const error = failureOf(agents);
  const toAgent = (agent: Agent) =>
    void navigate({ to: "/agents/$name", params: { name: agent.name }, search: ranged });
  return (
    <>
      <PageHead crumb="Agents" aside={<LiveDot />}>
        <SearchBox
          label="Find agents"
          value={search.q ?? ""}
          onChange={(q) => setSearch({ ...search, q }, search.q !== undefined)}
        />
        <RangePicker
          search={ranged}
          fallback={DEFAULT_RANGE}
          onChange={({ since, until }) => {
            const { since: _, until: __, ...rest } = search;
            setSearch({ ...rest, ...(since ? { since } : {}), ...(until ? { until } : {}) });
          }}
        />
      </PageHead>
      {error ? (
        <Failure error={error} onRetry={() => void agents.refetch()} />
      ) : agents.isPending ? (
        <Loading label="Loading the agents" />
      ) : (
        <>
          <Sentence words={sentence} />
          {/* One takes the other's place, so that picking moves no row. */}
          {picked.length > 0 ? (
            <Picked picked={picked} range={ranged} onClear={() => setPicked([])} />
          ) : (
            <p className={styles.sub}>
              Success rate is of all runs in the range; average cost and p95 are of those that
              ended. <span className={styles.picking}>Pick two agents to compare them.</span>
            </p>
          )}
          {rows.length === 0 ? (
            <div className={styles.nothing}>
              {all.length > 0 ? (
                <p>No agent has such a name.</p>
              ) : (
                <>
                  <p>An agent is listed as soon as it has a run.</p>
                  {ranged.since === ALL_TIME ? (
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
              onOpen={toAgent}
              card={(agent) => <AgentCard agent={agent} range={ranged} />}
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

function Picked({
  picked,
  range,
  onClear,
}: {
  picked: string[];
  range: RangeSearch;
  onClear: () => void;
}) {
  const [a, b] = picked;
  return (
    <div className={styles.picked} role="status">
      {a && b ? (
        <Link to="/compare" search={{ ...range, a, b }} className={buttonClass}>
          Compare <bdi>{a}</bdi> and <bdi>{b}</bdi>
        </Link>
      ) : (
        <span>
          Pick one more to compare with <bdi>{a}</bdi>.
        </span>
      )}
      <Button look="quiet" onClick={onClear}>
        Pick none
      </Button>
    </div>
  );
}

const column = columnsOf<Agent>();
const money = (usd: string | null) => (usd === null ? -1 : Number(usd));
const NO_COST = "no completed run has a known cost";

function agentColumns(
  range: PageRange,
  ranged: RangeSearch,
  picked: string[],
  pick: (name: string) => void,
): Columns<Agent> {
  return column.columns([
    column.display({
      id: "pick",
      header: () => <span className="visually-hidden">compare</span>,
      cell: ({ row }) => (
        <input
          type="checkbox"
          aria-label={`Compare ${row.original.name}`}
          title="Pick two to compare"
          checked={picked.includes(row.original.name)}
          onChange={() => pick(row.original.name)}
          onClick={(event) => event.stopPropagation()}
          className={styles.pick}
        />
      ),
      meta: { track: "16px" },
    }),
    column.accessor("name", {
      header: "agent",
      cell: ({ row }) => <AgentLink name={row.original.name} range={ranged} />,
      meta: { track: "minmax(130px, 1.6fr)" },
    }),
    column.display({
      id: "trend",
      header: "runs over time",
      cell: ({ row }) => <AgentSparkline agent={row.original} range={range} />,
      meta: { track: "140px", minor: true },
    }),
    column.accessor("total_runs", {
      header: "runs",
      cell: ({ row }) => formatCount(row.original.total_runs),
      meta: { track: "56px", align: "right" },
    }),
    column.accessor("failed_runs", {
      header: "failed",
      cell: ({ row }) => <Failed agent={row.original} range={ranged} />,
      meta: { track: "52px", align: "right" },
    }),
    column.display({
      id: "counts",
      header: "did its job",
      cell: ({ row }) => <ThreeCounts agent={row.original} />,
      meta: { track: "minmax(160px, 1fr)", hint: "did its job, did not, gave no signal" },
    }),
    column.accessor((agent) => agent.success_rate ?? -1, {
      id: "success_rate",
      header: "success",
      cell: ({ row }) => <Rate agent={row.original} />,
      meta: { track: "70px", align: "right" },
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
      meta: { track: "96px", align: "right", minor: true },
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
      meta: { track: "80px", align: "right", hint: "95 of 100 runs were faster" },
    }),
    column.accessor((agent) => (agent.last_run_at ? parseTime(agent.last_run_at) : 0), {
      id: "last_run_at",
      header: "last run",
      cell: ({ row }) => <Ago at={row.original.last_run_at} />,
      meta: { track: "84px", align: "right" },
    }),
  ]) as Columns<Agent>;
}

function Failed({ agent, range }: { agent: Agent; range: RangeSearch }) {
  return agent.failed_runs > 0 ? (
    <Link
      to="/runs"
      search={{ ...spelledOut(range, DEFAULT_RANGE), agent: agent.name, status: FAILED }}
      className="bad"
    >
      {formatCount(agent.failed_runs)}
    </Link>
  ) : (
    <span className="faint">0</span>
  );
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

function AgentCard({ agent, range }: { agent: Agent; range: RangeSearch }) {
  return (
    <div className={styles.card}>
      <div className={styles.cardLine}>
        <AgentLink name={agent.name} range={range} />
        <span className="dim">
          <Ago at={agent.last_run_at} />
        </span>
      </div>
      <div className={styles.cardCounts}>
        <ThreeCounts agent={agent} />
        <Rate agent={agent} />
      </div>
      <div className={`${styles.cardFigures} dim`}>
        <span>
          {plural(agent.total_runs, "run")}
          {agent.failed_runs > 0 ? (
            <>
              , <span className="bad">{formatCount(agent.failed_runs)} failed</span>
            </>
          ) : null}
        </span>
        <Cost usd={agent.total_cost_usd} />
        <span>
          p95 <Duration ms={agent.p95_latency_ms} />
        </span>
      </div>
    </div>
  );
}
