/** One agent: its figures over a range, over time, by version and outcome, and the runs to look at. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { statsQuery } from "../../api/figures";
import { useLiveBatches } from "../../api/stream";
import { Failure } from "../../app/Failure";
import { FigureCharts } from "../../charts/FigureCharts";
import { useOverTime } from "../../charts/useOverTime";
import { KindIcon } from "../../grammar/KindIcon";
import { LiveDot } from "../../grammar/LiveDot";
import { ALL_TIME, rangeWords, spelledOut, zoneWords, type RangeSearch } from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { usePageRange } from "../../grammar/useRange";
import { Button, buttonClass } from "../../ui/Button";
import { Crumbs } from "../../ui/Crumbs";
import { PageHead } from "../../ui/PageHead";
import { Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading, Nothing } from "../../ui/States";
import { useShortcuts } from "../../ui/shortcuts";
import { Tiles } from "../../ui/Tiles";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useRowKeys } from "../../ui/useRowKeys";
import { AgentHeartbeat } from "../heartbeats/AgentHeartbeat";
import { OpenIncidents } from "../overview/OpenIncidents";
import { figureTiles } from "../overview/figureTiles";
import { Groups } from "./Groups";
import { NotableRuns } from "./NotableRuns";
import { DEFAULT_RANGE } from "./queries";
import { agentSentence } from "./sentence";
import { ToolsAndModels } from "./ToolsAndModels";

const LIVE_MS = 5_000;

export function AgentPage() {
  const { name } = useParams({ from: "/shell/agents/$name" });
  const search = useSearch({ from: "/shell/agents/$name" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const range = usePageRange(search, DEFAULT_RANGE);
  const overTime = useOverTime(range, name);
  const before = useQuery({
    ...statsQuery(range.before ?? range.asked, name),
    enabled: range.before !== null,
  });
  const { stats } = overTime;

  const askAgain = () => void queryClient.invalidateQueries({ queryKey: ["figures"] });
  useLiveBatches(
    askAgain,
    (event) => event.type === "run" && event.run.agents.includes(name),
    overTime.answeredAtMs,
    LIVE_MS,
  );

  const when = rangeWords(
    search.until ? search.since : (search.since ?? DEFAULT_RANGE),
    search.until,
  );
  const sentence = stats ? agentSentence(stats, when) : [{ text: name }];
  useDocumentTitle(stats ? `${name}: ${sentenceText(sentence)}` : name);

  const lists = useRef<HTMLDivElement>(null);
  useRowKeys(lists);
  useShortcuts([
    {
      keys: ["Escape"],
      does: "Back to the agents",
      run: () => void navigate({ to: "/agents", search }),
    },
  ]);

  const setRange = (next: RangeSearch) =>
    void navigate({ to: "/agents/$name", params: { name }, search: next });
  // What the list of runs is narrowed to, to show what this page counts.
  const runs = { agent: name };
  const counted = spelledOut(search, DEFAULT_RANGE);
  return (
    <>
      <PageHead
        crumb={
          <Crumbs
            parent={
              <Link to="/agents" search={search}>
                Agents
              </Link>
            }
          >
            <KindIcon kind="agent" /> <bdi title={name}>{name}</bdi>
          </Crumbs>
        }
        aside={<LiveDot />}
      >
        <Link to="/compare" search={{ ...search, a: name }} className={buttonClass}>
          Compare
        </Link>
        <Link to="/runs" search={{ ...counted, ...runs }} className={buttonClass}>
          Runs
        </Link>
        <RangePicker search={search} fallback={DEFAULT_RANGE} onChange={setRange} />
      </PageHead>
      {overTime.error ? (
        <Failure error={overTime.error} what="agent" onRetry={askAgain} />
      ) : !stats ? (
        <Loading label="Loading the agent" />
      ) : (
        <>
          <Sentence words={sentence} />
          {stats.total_runs === 0 ? (
            <Nothing>
              <p>No run of this agent began in this range.</p>
              {search.since === ALL_TIME ? null : (
                <Button onClick={() => setRange({ since: ALL_TIME })}>Look in all time</Button>
              )}
            </Nothing>
          ) : (
            <>
              <Tiles
                label="Figures of the range"
                tiles={figureTiles(stats, range.before ? before.data : undefined, 0)}
              />
              <FigureCharts
                overTime={overTime}
                runs={runs}
                zone={zoneWords(overTime.frame?.now ?? 0)}
              />
              <Panels>
                <OpenIncidents agent={name} />
                <AgentHeartbeat agent={name} />
              </Panels>
              <Panels>
                <Groups agent={name} by="outcome" range={range} search={counted} />
                <Groups agent={name} by="version" range={range} search={counted} />
              </Panels>
              <div ref={lists}>
                <Panels columns="three">
                  <NotableRuns
                    agent={name}
                    range={range}
                    search={counted}
                    which={stats.failed_runs === 0 && stats.failure_count > 0 ? "missed" : "failed"}
                  />
                  <NotableRuns agent={name} range={range} search={counted} which="slowest" />
                  <NotableRuns agent={name} range={range} search={counted} which="dearest" />
                </Panels>
              </div>
              <ToolsAndModels agent={name} range={range} search={counted} />
            </>
          )}
        </>
      )}
    </>
  );
}
