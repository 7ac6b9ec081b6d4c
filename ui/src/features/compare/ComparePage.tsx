/** Two agents side by side, or one agent in two ranges: what differs, and whether that is more than noise. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { failureOf } from "../../api/client";
import { agentsQuery, someRunsQuery, statsQuery, type Asked } from "../../api/figures";
import type { Run, Stats } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatCost, formatCount, formatDuration } from "../../grammar/format";
import { parseRangeSearch, rangeQuery } from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { usePageRange, type PageRange } from "../../grammar/useRange";
import { Crumbs } from "../../ui/Crumbs";
import { PageHead } from "../../ui/PageHead";
import { Panel, Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { useShortcuts } from "../../ui/shortcuts";
import { Loading, Notice } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import type { RunsSearch } from "../runs/search";
import styles from "./ComparePage.module.css";
import { bootstrapDifference, rateDifference, verdict } from "./difference";
import { DifferenceTable, type Figure } from "./DifferenceTable";
import { Distribution } from "./Distribution";
import { DEFAULT_RANGE, type CompareSearch } from "./search";
import { compareSentence } from "./sentence";

/** What is resampled and drawn: the newest of a side's runs. */
const SAMPLE = 1000;

interface SideData {
  stats: Stats | undefined;
  runs: Run[] | undefined;
  error: Error | null;
}

function useSide(agent: string | undefined, asked: Asked): SideData {
  const enabled = agent !== undefined;
  const stats = useQuery({ ...statsQuery(asked, agent ?? ""), enabled });
  const runs = useQuery({ ...someRunsQuery(asked, { limit: SAMPLE }, agent ?? ""), enabled });
  return { stats: stats.data, runs: runs.data?.runs, error: failureOf(stats, runs) };
}

export function ComparePage() {
  const search = useSearch({ from: "/shell/compare" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const ranged = useMemo(() => parseRangeSearch({ ...search }), [search]);
  const range = usePageRange(ranged, DEFAULT_RANGE);
  const agents = useQuery(agentsQuery(range.asked));
  const sameRange = search.b_range !== "before" || range.before === null;
  const a = useSide(search.a, range.asked);
  const askedOfB = sameRange ? range.asked : (range.before ?? range.asked);
  const b = useSide(search.b, askedOfB);
  const setSearch = (next: CompareSearch) => void navigate({ to: "/compare", search: next });
  const chosen = search.a !== undefined && search.b !== undefined;
  const same = search.a === search.b && sameRange;

  useShortcuts([
    {
      keys: ["Escape"],
      does: "Back to the agents",
      run: () => void navigate({ to: "/agents", search: ranged }),
    },
  ]);

  const error = failureOf(agents) ?? a.error ?? b.error;
  const names = (agents.data ?? []).map(({ name }) => name);
  return (
    <>
      <PageHead
        crumb={
          <Crumbs
            parent={
              <Link to="/agents" search={ranged}>
                Agents
              </Link>
            }
          >
            Compare
          </Crumbs>
        }
      >
        <RangePicker
          search={ranged}
          fallback={DEFAULT_RANGE}
          onChange={(next) => setSearch({ ...sidesOf(search), ...next })}
        />
      </PageHead>
      <Sides search={search} names={names} range={range} onSearch={setSearch} />
      {error ? (
        <Failure
          error={error}
          onRetry={() => void queryClient.invalidateQueries({ queryKey: ["figures"] })}
        />
      ) : search.a === undefined || search.b === undefined || same ? (
        <Nothing same={chosen && same} />
      ) : a.stats && b.stats && a.runs && b.runs ? (
        <Compared
          a={{ name: search.a, stats: a.stats, runs: a.runs, of: runsOf(search.a, range.asked) }}
          b={{
            name: sameRange ? search.b : `${search.b} before`,
            stats: b.stats,
            runs: b.runs,
            of: runsOf(search.b, askedOfB),
          }}
        />
      ) : (
        <Loading label="Loading the comparison" />
      )}
    </>
  );
}

/** What the list of runs is narrowed to for a side. */
function runsOf(agent: string, asked: Asked): RunsSearch {
  return { agent, ...rangeQuery(asked.range()) };
}

function sidesOf({ a, b, b_range }: CompareSearch): CompareSearch {
  return { ...(a ? { a } : {}), ...(b ? { b } : {}), ...(b_range ? { b_range } : {}) };
}

function Nothing({ same }: { same: boolean }) {
  const words = same
    ? "An agent is the same as itself: choose another, or the range before."
    : "Choose two agents, or one agent in two ranges.";
  useDocumentTitle("Compare agents");
  return (
    <>
      <Sentence words={[{ text: words }]} />
      <p className="dim">
        Versioned names such as <code>support-bot-v1</code> and <code>support-bot-v2</code> are a
        good way to see whether a change helped.
      </p>
    </>
  );
}

function Sides({
  search,
  names,
  range,
  onSearch,
}: {
  search: CompareSearch;
  names: string[];
  range: PageRange;
  onSearch: (next: CompareSearch) => void;
}) {
  const options = (value: string | undefined) =>
    value && !names.includes(value) ? [value, ...names] : names;
  return (
    <div className={styles.sides}>
      {(["a", "b"] as const).map((side) => (
        <label key={side} className={styles.side}>
          <span className={side === "a" ? styles.markA : styles.markB}>{side.toUpperCase()}</span>
          <select
            value={search[side] ?? ""}
            aria-label={`Agent ${side.toUpperCase()}`}
            onChange={(event) => onSearch({ ...search, [side]: event.target.value })}
          >
            <option value="" disabled>
              Choose an agent
            </option>
            {options(search[side]).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ))}
      <label className={styles.side}>
        <span className="dim">B in</span>
        <select
          value={search.b_range ?? "same"}
          disabled={range.before === null}
          onChange={(event) => {
            const { b_range: _, ...rest } = search;
            onSearch(event.target.value === "before" ? { ...rest, b_range: "before" } : rest);
          }}
        >
          <option value="same">the same range</option>
          <option value="before">the range before it</option>
        </select>
      </label>
    </div>
  );
}

interface Side {
  name: string;
  stats: Stats;
  runs: Run[];
  of: RunsSearch;
}

const ended = (runs: Run[]) =>
  runs.filter(({ status, kind }) => status !== "running" && kind !== "heartbeat");
const durations = (runs: Run[]) => ended(runs).flatMap(({ duration_ms }) => duration_ms ?? []);
const costs = (runs: Run[]) =>
  ended(runs).flatMap(({ cost_usd }) => (cost_usd === null ? [] : Number(cost_usd)));

function Compared({ a, b }: { a: Side; b: Side }) {
  const values = useMemo(
    () => ({
      a: { durations: durations(a.runs), costs: costs(a.runs) },
      b: { durations: durations(b.runs), costs: costs(b.runs) },
    }),
    [a.runs, b.runs],
  );
  const figures = useMemo((): [Figure, Figure, Figure] => {
    const judged = ({ stats }: Side) => stats.success_count + stats.failure_count;
    // Without a signal on one side there is no rate to compare.
    const known = judged(a) > 0 && judged(b) > 0;
    const hits = ({ stats }: Side) => ({ hits: stats.success_count, runs: stats.total_runs });
    return [
      {
        name: "Success rate",
        a: { value: a.stats.success_rate, runs: a.stats.total_runs },
        b: { value: b.stats.success_rate, runs: b.stats.total_runs },
        interval: known ? rateDifference(hits(a), hits(b)) : null,
        format: (share) => `${(share * 100).toFixed(1)} %`,
        formatDifference: (share) => `${(share * 100).toFixed(1)} points`,
        moreIsBetter: true,
        unknown: "a side has no run that said whether it did its job",
      },
      {
        name: "Average cost",
        a: { value: number(a.stats.avg_cost_per_run_usd), runs: a.stats.costed_runs },
        b: { value: number(b.stats.avg_cost_per_run_usd), runs: b.stats.costed_runs },
        interval: bootstrapDifference(values.a.costs, values.b.costs, "mean"),
        format: (usd) => formatCost(String(usd)),
        moreIsBetter: false,
        unknown: "a side has fewer than 10 runs with a known cost",
      },
      {
        name: "p95 duration",
        a: { value: a.stats.p95_latency_ms, runs: a.stats.completed_runs },
        b: { value: b.stats.p95_latency_ms, runs: b.stats.completed_runs },
        interval: bootstrapDifference(values.a.durations, values.b.durations, "p95"),
        format: formatDuration,
        moreIsBetter: false,
        unknown: "a side has fewer than 20 runs that ended",
      },
    ];
  }, [a, b, values]);
  const [success, cost, p95] = figures;
  const sentence = compareSentence(a.name, b.name, {
    success: verdict(success.interval),
    cost: verdict(cost.interval),
    p95: verdict(p95.interval),
  });
  useDocumentTitle(sentenceText(sentence));
  const cut = [a, b].filter(
    ({ stats, runs }) => stats.total_runs > runs.length && runs.length >= SAMPLE,
  );
  return (
    <>
      <Sentence words={sentence} />
      <p className={styles.how}>
        Differences are B minus A with the interval that holds the true one in 95 of 100 cases: if
        it leaves zero out, the difference is more than noise.
      </p>
      <DifferenceTable a={a.name} b={b.name} figures={figures} />
      <Panels>
        <Panel title="Duration of runs">
          <Distribution
            a={{ name: a.name, values: values.a.durations, of: a.of }}
            b={{ name: b.name, values: values.b.durations, of: b.of }}
            format={formatDuration}
            between={(low, high) => ({
              min_duration_ms: low.toFixed(3),
              ...(high === null ? {} : { max_duration_ms: high.toFixed(3) }),
            })}
            label="Duration of runs"
          />
        </Panel>
        <Panel title="Cost of runs">
          <Distribution
            a={{ name: a.name, values: values.a.costs, of: a.of }}
            b={{ name: b.name, values: values.b.costs, of: b.of }}
            format={(usd) => formatCost(String(usd))}
            between={(low, high) => ({
              min_cost_usd: low.toFixed(9),
              ...(high === null ? {} : { max_cost_usd: high.toFixed(9) }),
            })}
            label="Cost of runs"
          />
        </Panel>
      </Panels>
      {cut.length > 0 ? (
        <Notice>
          {`Figures are of all runs. The distributions and the intervals of cost and duration are of the newest ${formatCount(SAMPLE)} runs of ${cut.map(({ name }) => name).join(" and ")}.`}
        </Notice>
      ) : null}
    </>
  );
}

function number(usd: string | null): number | null {
  return usd === null ? null : Number(usd);
}
