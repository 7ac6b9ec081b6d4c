/** The first page: whether all is well, the figures beside those of the range before, and where to look. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useRef, type ReactNode } from "react";
import { failureOf } from "../../api/client";
import { agentsQuery, costsQuery, statsQuery } from "../../api/figures";
import { statusQuery } from "../../api/queries";
import { useLiveBatches } from "../../api/stream";
import { Failure } from "../../app/Failure";
import { RunsOverTime } from "../../charts/RunsOverTime";
import { useOverTime } from "../../charts/useOverTime";
import { LiveDot } from "../../grammar/LiveDot";
import {
  ALL_TIME,
  bucketWords,
  spelledOut,
  zoneWords,
  type RangeSearch,
} from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { usePageRange } from "../../grammar/useRange";
import { Button, buttonClass } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { PageHead } from "../../ui/PageHead";
import { Panel, Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading, Nothing } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useRowKeys } from "../../ui/useRowKeys";
import { Setup } from "../runs/Setup";
import { AgentsInTrouble } from "./AgentsInTrouble";
import { CostByModel } from "./CostByModel";
import { figureTiles } from "./figureTiles";
import { OpenIncidents } from "./OpenIncidents";
import styles from "./OverviewPage.module.css";
import { RunningNow } from "./RunningNow";
import { failedQuery } from "./queries";
import { DEFAULT_RANGE } from "./search";
import { overviewWords } from "./sentence";
import { Tiles } from "../../ui/Tiles";

const LIVE_MS = 5_000;

export function OverviewPage() {
  const search = useSearch({ from: "/shell/" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const range = usePageRange(search, DEFAULT_RANGE);
  const overTime = useOverTime(range);
  const before = useQuery({
    ...statsQuery(range.before ?? range.asked, null),
    enabled: range.before !== null,
  });
  const agents = useQuery(agentsQuery(range.asked));
  const status = useQuery(statusQuery);
  const costs = useQuery(costsQuery(range.asked, "model"));
  const failed = useQuery(failedQuery(range, agents.data ?? []));

  const askAgain = () => void queryClient.invalidateQueries({ queryKey: ["figures"] });
  useLiveBatches(askAgain, (event) => event.type === "run", agents.dataUpdatedAt, LIVE_MS);

  const lists = useRef<HTMLDivElement>(null);
  useRowKeys(lists);

  const sentence = agents.data
    ? overviewWords(agents.data, search, failed.data?.runs ?? [])
    : [{ text: "Overview" }];
  useDocumentTitle(sentenceText(sentence));

  const error = overTime.error ?? failureOf(agents);
  if (status.data?.runs === 0 && agents.data?.length === 0) return <Setup />;

  const setRange = (next: RangeSearch) => void navigate({ to: "/", search: next });
  const counted = spelledOut(search, DEFAULT_RANGE);
  const { stats, frame } = overTime;
  return (
    <>
      <PageHead crumb="Overview" aside={<LiveDot />}>
        <Link
          to="/runs"
          state={{ searching: true }}
          aria-label="Search runs"
          className={`${buttonClass} ${styles.search}`}
        >
          <Icon name="search" size={13} /> <span>Search runs</span> <kbd aria-hidden="true">/</kbd>
        </Link>
        <RangePicker search={search} fallback={DEFAULT_RANGE} onChange={setRange} />
      </PageHead>
      {error ? (
        <Failure error={error} onRetry={askAgain} />
      ) : !agents.data || !stats ? (
        <Loading label="Loading the overview" />
      ) : (
        <>
          <Sentence words={sentence} />
          {agents.data.length === 0 ? (
            <Nothing>
              <p>No run began in this range.</p>
              <Button onClick={() => setRange({ since: ALL_TIME })}>Look in all time</Button>
            </Nothing>
          ) : (
            <>
              <Tiles
                label="Figures of the range"
                tiles={figureTiles(
                  stats,
                  range.before ? before.data : undefined,
                  costs.data?.unpriced.length ?? 0,
                )}
              />
              <Panels columns="wide-first">
                <Panel
                  title={`Runs, failed in red, ${bucketWords(overTime.bucket)}`}
                  note={frame ? zoneWords(frame.now) : null}
                >
                  <Afterwards place={<div className={styles.chartPlace} />}>
                    {frame ? (
                      <RunsOverTime frame={frame} stretches={overTime.stretches} runs={{}} />
                    ) : null}
                  </Afterwards>
                </Panel>
                <CostByModel costs={costs} range={counted} />
              </Panels>
              <div ref={lists}>
                <Panels columns="wide-first">
                  <div className={styles.column}>
                    <AgentsInTrouble agents={agents.data} range={range} search={counted} />
                    <RunningNow />
                  </div>
                  <OpenIncidents />
                </Panels>
              </div>
            </>
          )}
        </>
      )}
    </>
  );
}

/** Drawn right after the rest, so that the sentence need not wait for it. */
function Afterwards({ place, children }: { place: ReactNode; children: ReactNode }) {
  return useDeferredValue(true, false) ? children : place;
}
