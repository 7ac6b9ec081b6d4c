/** The list of runs: the sentence, what it can be narrowed by, and the rows as they come. */
import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState } from "react";
import { failureOf } from "../../api/client";
import { Failure, FailureLine } from "../../app/Failure";
import { LiveDot } from "../../grammar/LiveDot";
import { formatCount, plural } from "../../grammar/format";
import { ALL_TIME } from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { Button } from "../../ui/Button";
import { Choices } from "../../ui/Choice";
import { DataTable } from "../../ui/DataTable";
import { Icon } from "../../ui/Icon";
import { SearchBox } from "../../ui/SearchBox";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Sheet } from "../../ui/Sheet";
import { Loading } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNarrow } from "../../ui/useNarrow";
import { FIXED_COLUMNS, OPTIONAL_COLUMNS, RunCard, runColumns } from "./columns";
import { ExportMenu } from "./ExportMenu";
import { FacetPanel } from "./FacetPanel";
import { Nothing } from "./Nothing";
import { facetCountsQuery } from "./queries";
import styles from "./RunsPage.module.css";
import {
  activeFilters,
  rangeOf,
  sortOf,
  without,
  withRange,
  withSort,
  type RunsSearch,
} from "./search";
import { runCounts, runsSentence } from "./sentence";
import { Setup } from "./Setup";
import { useKeptPlace } from "./usePlace";
import { useColumnChoice } from "./useColumnChoice";
import { useRuns } from "./useRuns";

/** As the stylesheet has it: it stays in sight while runs wait. */
const SUB_HEIGHT = 34;

export function RunsPage() {
  const search = useSearch({ from: "/shell/runs" });
  const navigate = useNavigate();
  const searching = useLocation({ select: ({ state }) => state.searching === true });
  const narrow = useNarrow();
  const panelAside = !useNarrow(1260);
  const [live, setLive] = useState(true);
  const [filtersOpen, setFiltersOpen] = useState(false);
  const [hidden, setShown] = useColumnChoice(OPTIONAL_COLUMNS);
  const list = useRef<HTMLDivElement>(null);

  const setSearch = useCallback(
    (next: RunsSearch, replace = false) => void navigate({ to: "/runs", search: next, replace }),
    [navigate],
  );
  // At the top and not pointed at: then a new row moves nothing that is being read.
  const mayInsert = useCallback(
    () =>
      window.scrollY < 40 &&
      !list.current?.matches(":hover") &&
      !list.current?.contains(document.activeElement),
    [],
  );
  const runs = useRuns(search, live, mayInsert);
  const facets = useQuery(facetCountsQuery(search));
  const counts = facets.data ? runCounts(facets.data, search) : undefined;
  const failedFacets = useQuery({
    ...facetCountsQuery({ ...search, status: "failed" }),
    enabled: (counts?.failed ?? 0) > 1,
  });

  const rows = runs.runs;
  useKeptPlace(rows.length);
  const chosenColumns = OPTIONAL_COLUMNS.map(({ value }) => value).filter((id) => !hidden.has(id));
  const runIds = useMemo(() => rows.slice(0, 500).map((run) => run.id), [rows]);
  const longestMs = useMemo(() => Math.max(0, ...rows.map((run) => run.duration_ms ?? 0)), [rows]);
  const columns = useMemo(() => runColumns(runIds, longestMs), [runIds, longestMs]);

  const waits = runs.waitingCount > 0;
  const filters = activeFilters(search);
  const narrowed =
    filters.length > 0 || search.q !== undefined || Object.keys(rangeOf(search)).length > 0;
  const sentence = facets.data
    ? runsSentence(facets.data, failedFacets.data, search)
    : [{ text: "Runs" }];
  useDocumentTitle(rows.length === 0 ? "Runs" : sentenceText(sentence));

  const router = useRouter();
  // Whoever comes to the rows opens one: the code of its page is asked for before the pointer rests.
  const onRows = () => void router.loadRouteChunk(router.routesById["/shell/runs/$runId"]);

  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError } = runs;
  const onEnd = useCallback(() => {
    // What was refused is asked for again by a person, not by the place in the list.
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);

  const error = failureOf(runs);
  const empty = runs.isSuccess && !runs.isPlaceholderData && rows.length === 0;
  if (empty && !narrowed) return <Setup />;

  const panel = <FacetPanel facets={facets.data} search={search} onSearch={setSearch} />;
  return (
    <>
      <div className={styles.top}>
        <span className={styles.crumb}>Runs</span>
        <Button look="quiet" onClick={() => setLive(!live)} title={live ? "Pause" : "Follow again"}>
          <LiveDot paused={!live} />
        </Button>
        <div className={styles.controls}>
          <SearchBox
            label="Search runs"
            focused={searching}
            value={search.q ?? ""}
            // While one types it is one step, not as many as there were pauses.
            onChange={(q) =>
              setSearch(q ? { ...search, q } : without(search, "q"), search.q !== undefined)
            }
          />
          <RangePicker
            search={rangeOf(search)}
            fallback={ALL_TIME}
            onChange={(range) => setSearch(withRange(search, range))}
          />
          {panelAside ? null : (
            <Button onClick={() => setFiltersOpen(true)}>
              <Icon name="filter" /> Filter
            </Button>
          )}
          {narrow ? null : (
            <ExportMenu search={search} columns={[...FIXED_COLUMNS, ...chosenColumns]} />
          )}
          {narrow ? null : (
            <Choices
              label="Columns"
              icon="columns"
              chosen={new Set(chosenColumns)}
              options={OPTIONAL_COLUMNS}
              onChange={setShown}
            />
          )}
        </div>
      </div>
      {error ? null : <Sentence words={sentence} />}
      <div className={styles.sub} data-waits={waits}>
        <p>
          {counts ? (
            <>
              {plural(counts.total, "run")}
              {counts.running > 0 ? `, ${formatCount(counts.running)} running now` : ""}
              {narrowed ? ", filtered" : ""}
            </>
          ) : (
            " "
          )}
        </p>
        {waits ? (
          <button type="button" className={styles.waiting} onClick={runs.showWaiting}>
            <Icon name="up" size={12} />{" "}
            {runs.waitingMore
              ? `${formatCount(runs.waitingCount)} new runs or more`
              : plural(runs.waitingCount, "new run")}
          </button>
        ) : null}
      </div>
      {filters.length > 0 ? (
        <ul className={styles.filters} aria-label="Filters">
          {filters.map(({ param, label, value }) => (
            <li key={param}>
              <button
                type="button"
                className={styles.filter}
                onClick={() => setSearch(without(search, param))}
                aria-label={`Remove filter ${label}: ${value}`}
              >
                <span className="dim">{label}</span> <bdi>{value}</bdi>
                <Icon name="close" size={11} />
              </button>
            </li>
          ))}
          <li>
            <Button look="quiet" onClick={() => setSearch(rangeOf(search))}>
              Clear all
            </Button>
          </li>
        </ul>
      ) : null}
      <div className={styles.columns} data-waits={waits}>
        {panelAside ? (
          <aside aria-label="Filter" className={styles.facets}>
            {panel}
          </aside>
        ) : (
          <Sheet open={filtersOpen} onOpenChange={setFiltersOpen} title="Filter" side="bottom">
            {panel}
          </Sheet>
        )}
        <div className={styles.list} ref={list} onPointerEnter={onRows}>
          {error ? (
            <Failure error={error} onRetry={() => void runs.refetch()} />
          ) : runs.isPending ? (
            <Loading label="Loading the runs" rows={14} />
          ) : empty ? (
            <Nothing search={search} onSearch={setSearch} />
          ) : (
            <DataTable
              label="Runs"
              columns={columns}
              rows={rows}
              rowId={(run) => run.id}
              onOpen={(run) =>
                void navigate({ to: "/runs/$runId", params: { runId: run.id }, state: { runIds } })
              }
              card={(run) => <RunCard run={run} runIds={runIds} />}
              cardHeight={84}
              sort={sortOf(search)}
              onSort={(sort) => setSearch(withSort(search, sort))}
              sortedByServer
              hidden={hidden}
              belowPx={waits ? SUB_HEIGHT : 0}
              hasMore={runs.hasNextPage}
              onEnd={onEnd}
            />
          )}
          {runs.isFetchNextPageError ? (
            <FailureLine
              what="Older ones are not here"
              error={runs.error}
              onRetry={() => void runs.fetchNextPage()}
            />
          ) : null}
          {runs.isFetchingNextPage ? <p className={styles.more}>Loading more…</p> : null}
        </div>
      </div>
    </>
  );
}
