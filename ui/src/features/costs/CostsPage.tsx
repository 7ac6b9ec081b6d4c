/** What it cost: by day, by model, by whatever else runs say, and what has no known price. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { failureOf } from "../../api/client";
import { costsQuery, newestCostsQuery, statsQuery } from "../../api/figures";
import { useLiveBatches } from "../../api/stream";
import { Failure, FailureLine } from "../../app/Failure";
import { Cost } from "../../grammar/figures";
import { formatClock, formatCost, formatCount, plural } from "../../grammar/format";
import { LiveDot } from "../../grammar/LiveDot";
import { ALL_TIME, parseRangeSearch, rangeWords, spelledOut, zoneWords } from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { usePageRange } from "../../grammar/useRange";
import { Button } from "../../ui/Button";
import { Choice } from "../../ui/Choice";
import { PageHead } from "../../ui/PageHead";
import { Panel, Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading, Nothing } from "../../ui/States";
import { Tiles } from "../../ui/Tiles";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import { useRowKeys } from "../../ui/useRowKeys";
import { CostSources } from "./CostSources";
import { CostTable } from "./CostTable";
import { DailySpend } from "./DailySpend";
import { costsRange } from "./queries";
import { DEFAULT_GROUP, DEFAULT_RANGE, GROUPS, type CostsSearch, type GroupBy } from "./search";
import styles from "./CostsPage.module.css";
import { costsSentence } from "./sentence";
import { Unpriced } from "./Unpriced";

const LIVE_MS = 5_000;

const TITLES: Record<GroupBy, string> = {
  agent: "By agent",
  workflow: "By workflow",
  customer: "By customer",
  feature: "By feature",
  user: "By user",
};

export function CostsPage() {
  const search = useSearch({ from: "/shell/costs" });
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const asked = useMemo(() => parseRangeSearch({ ...search }), [search]);
  const isAsked = Boolean(asked.since || asked.until);
  const newest = useQuery({ ...newestCostsQuery, enabled: !isAsked });
  const settled = useMemo(() => costsRange(asked, newest.data), [asked, newest.data]);
  // Of all tables of the page, and of the links in them.
  const ranged = settled?.range ?? asked;
  const range = usePageRange(ranged, DEFAULT_RANGE);
  const counted = spelledOut(ranged, DEFAULT_RANGE);
  const now = useNow();
  const by = search.by ?? DEFAULT_GROUP;
  const ofRange = useQuery({ ...costsQuery(range.asked, "model"), enabled: isAsked });
  // What tells the range, where none is asked for, tells its costs too.
  const models = isAsked ? ofRange : newest;
  const days = useQuery(costsQuery(range.asked, "day"));
  const groups = useQuery(costsQuery(range.asked, by));
  const stats = useQuery(statsQuery(range.asked, null));
  const before = useQuery({
    ...statsQuery(range.before ?? range.asked, null),
    enabled: range.before !== null,
  });

  const askAgain = () => void queryClient.invalidateQueries({ queryKey: ["figures"] });
  useLiveBatches(askAgain, (event) => event.type === "run", models.dataUpdatedAt, LIVE_MS);

  const lists = useRef<HTMLDivElement>(null);
  useRowKeys(lists);

  const when = settled?.newestWeek
    ? ` in the 7 days that end with the newest run, ${formatClock(ranged.until ?? "", now)}`
    : rangeWords(ranged.until ? ranged.since : (ranged.since ?? DEFAULT_RANGE), ranged.until);
  const sentence = models.data ? costsSentence(models.data, when) : [{ text: "Costs" }];
  useDocumentTitle(sentenceText(sentence));

  const error = failureOf(models);
  const untold = stats.isLoadingError ? <Unknown reason={stats.error.message} /> : null;
  const setSearch = (next: CostsSearch) => void navigate({ to: "/costs", search: next });
  return (
    <>
      <PageHead crumb="Costs" aside={<LiveDot />}>
        <RangePicker
          search={ranged}
          fallback={DEFAULT_RANGE}
          onChange={(next) => setSearch({ ...next, ...(search.by ? { by: search.by } : {}) })}
        />
      </PageHead>
      {error ? (
        <Failure error={error} onRetry={askAgain} />
      ) : !models.data || !settled ? (
        <Loading label="Loading the costs" />
      ) : models.data.rows.length === 0 && stats.data?.total_runs === 0 ? (
        <>
          <Sentence words={[{ text: `Nothing ran${when}.` }]} />
          {ranged.since === ALL_TIME ? null : (
            <Nothing>
              <p>No run began in this range.</p>
              <Button onClick={() => setSearch({ ...search, since: ALL_TIME })}>
                Look in all time
              </Button>
            </Nothing>
          )}
        </>
      ) : (
        <>
          <Sentence words={sentence} />
          <Tiles
            label="Costs of the range"
            tiles={[
              {
                name: "Total",
                value: <Cost usd={models.data.total_cost_usd} />,
                note: before.data?.total_cost_usd
                  ? `${formatCost(before.data.total_cost_usd)} before`
                  : null,
              },
              {
                name: "Average run",
                value: stats.data ? <Cost usd={stats.data.avg_cost_per_run_usd} /> : untold,
                note: stats.data ? `over ${plural(stats.data.costed_runs, "run")}` : null,
              },
              {
                name: "Cost per successful run",
                value: stats.data ? (
                  <PerSuccess
                    total={stats.data.total_cost_usd}
                    successes={stats.data.success_count}
                  />
                ) : (
                  untold
                ),
                note: stats.data ? `${formatCount(stats.data.success_count)} did their job` : null,
              },
              {
                name: "Model calls",
                value: stats.data ? formatCount(stats.data.model_calls) : untold,
                note:
                  models.data.unpriced.length > 0
                    ? `${plural(models.data.unpriced.length, "model")} unpriced`
                    : "all priced",
              },
            ]}
          />
          {stats.isLoadingError ? (
            <div className={styles.failed}>
              <FailureLine
                error={stats.error}
                what="What runs cost on average is not known"
                onRetry={() => void stats.refetch()}
              />
            </div>
          ) : null}
          <CostSources costs={models.data} />
          {models.data.unpriced.length > 0 ? (
            <Unpriced models={models.data.unpriced} range={counted} />
          ) : null}
          <div ref={lists}>
            <Panels columns="wide-first">
              <Panel title="By model">
                <CostTable
                  label="Cost by model"
                  what="model"
                  costs={models.data}
                  search={counted}
                  withRuns={false}
                />
              </Panel>
              <Panel title="Daily spend" note={zoneWords(now)}>
                {days.data ? (
                  <DailySpend costs={days.data} until={ranged.until} />
                ) : days.isLoadingError ? (
                  <FailureLine error={days.error} onRetry={() => void days.refetch()} />
                ) : (
                  <Loading label="Loading the days" rows={4} />
                )}
              </Panel>
            </Panels>
            <Panel
              title={TITLES[by]}
              note={
                <Choice
                  label="Group by"
                  value={by}
                  options={GROUPS.map((value) => ({ value, label: TITLES[value] }))}
                  onChange={(value) => {
                    const chosen = GROUPS.find((each) => each === value);
                    if (chosen) setSearch({ ...search, by: chosen });
                  }}
                />
              }
            >
              {groups.data ? (
                <CostTable
                  label={`Cost ${TITLES[by].toLowerCase()}`}
                  what={by}
                  costs={groups.data}
                  search={counted}
                  withRuns
                />
              ) : groups.isLoadingError ? (
                <FailureLine error={groups.error} onRetry={() => void groups.refetch()} />
              ) : (
                <Loading label="Loading the groups" rows={4} />
              )}
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

/** What the successes cost, the failures paid by them too. */
function PerSuccess({ total, successes }: { total: string | null; successes: number }) {
  if (successes === 0) return <Unknown reason="no run said that it did its job" />;
  if (total === null) return <Unknown reason="no cost is known" />;
  return (
    <span title="the whole cost by the runs that did their job">
      {formatCost(String(Number(total) / successes))}
    </span>
  );
}
