/** The sessions: whose they are, how long they went, what they cost. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { failureOf } from "../../api/client";
import type { Session } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago, Cost, Duration, Tokens } from "../../grammar/figures";
import { formatCount, oneLine, parseTime } from "../../grammar/format";
import { ALL_TIME } from "../../grammar/range";
import { RangePicker } from "../../grammar/RangePicker";
import { Button } from "../../ui/Button";
import { columnsOf, DataTable, type Columns } from "../../ui/DataTable";
import { Icon } from "../../ui/Icon";
import { SearchBox } from "../../ui/SearchBox";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading, Notice } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import type { SessionsSearch } from "./search";
import { sessionsSentence } from "./sentence";
import styles from "./Sessions.module.css";
import { sessionsQuery } from "./useSessions";

const column = columnsOf<Session>();

function SessionLink({ session }: { session: Session }) {
  return (
    <Link to="/sessions/$sessionId" params={{ sessionId: session.id }} className={styles.name}>
      <bdi className={session.name ? undefined : "mono"}>
        {oneLine(session.name ?? session.id, 120)}
      </bdi>
    </Link>
  );
}

function Runs({ session }: { session: Session }) {
  return (
    <span>
      {session.failed_runs > 0 ? (
        <span className="bad">{`${formatCount(session.failed_runs)} failed of `}</span>
      ) : null}
      {formatCount(session.total_runs)}
    </span>
  );
}

/** From its first run's start to its last run's. */
function lengthMs(session: Session): number {
  return parseTime(session.last_run_at) - parseTime(session.started_at);
}

const COLUMNS = column.columns([
  column.display({
    id: "session",
    header: "session",
    cell: ({ row }) => <SessionLink session={row.original} />,
    meta: { track: "minmax(140px, 2fr)" },
  }),
  column.display({
    id: "user",
    header: "user",
    cell: ({ row }) =>
      row.original.user_id === null ? (
        <Unknown reason="no span named the user" />
      ) : (
        <bdi title={row.original.user_id}>{oneLine(row.original.user_id, 80)}</bdi>
      ),
    meta: { track: "minmax(90px, 1fr)" },
  }),
  column.display({
    id: "agents",
    header: "agents",
    cell: ({ row }) => (
      <bdi className="dim" title={row.original.agents.join(", ")}>
        {row.original.agents.join(", ")}
      </bdi>
    ),
    meta: { track: "minmax(100px, 1.4fr)" },
  }),
  column.display({
    id: "runs",
    header: "runs",
    cell: ({ row }) => <Runs session={row.original} />,
    meta: { track: "112px", align: "right" },
  }),
  column.accessor((session) => parseTime(session.last_run_at), {
    id: "last_run_at",
    header: "last run",
    cell: ({ row }) => <Ago at={row.original.last_run_at} />,
    meta: { track: "84px", align: "right" },
  }),
  column.display({
    id: "length",
    header: "went on",
    cell: ({ row }) =>
      row.original.total_runs === 1 ? (
        <Unknown reason="it has one run" />
      ) : (
        <Duration ms={lengthMs(row.original)} />
      ),
    meta: {
      track: "92px",
      align: "right",
      hint: "from the start of its first run to that of its last",
    },
  }),
  column.display({
    id: "tokens",
    header: "tokens",
    cell: ({ row }) => <Tokens tokens={row.original.tokens} />,
    meta: { track: "112px", align: "right", hint: "tokens in → out", minor: true },
  }),
  column.display({
    id: "cost",
    header: "cost",
    cell: ({ row }) => <Cost usd={row.original.total_cost_usd} />,
    meta: { track: "76px", align: "right" },
  }),
]) as Columns<Session>;

export function SessionsPage() {
  const search = useSearch({ from: "/shell/sessions" });
  const navigate = useNavigate();
  const list = useInfiniteQuery(sessionsQuery(search));
  const sessions = useMemo(
    () => list.data?.pages.flatMap((page) => page.sessions) ?? [],
    [list.data],
  );
  const setSearch = useCallback(
    (next: SessionsSearch, replace = false) =>
      void navigate({ to: "/sessions", search: next, replace }),
    [navigate],
  );
  const { fetchNextPage, isFetchingNextPage, isFetchNextPageError, hasNextPage } = list;
  const onEnd = useCallback(() => {
    // What was refused is asked for again by a person, not by the place in the list.
    if (!isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage, isFetchNextPageError]);
  const sentence = list.data ? sessionsSentence(sessions, hasNextPage) : [{ text: "Sessions" }];
  useDocumentTitle(sentenceText(sentence));

  const error = failureOf(list);
  const { since, until, ...named } = search;
  const range = { ...(since ? { since } : {}), ...(until ? { until } : {}) };
  const narrowed = Object.keys(search).length > 0;
  return (
    <>
      <div className={styles.top}>
        <span className={styles.crumb}>Sessions</span>
        <div className={styles.controls}>
          {search.user ? (
            <button
              type="button"
              className={styles.filter}
              aria-label={`Remove filter User: ${search.user}`}
              onClick={() => {
                const { user: _user, ...rest } = search;
                setSearch(rest);
              }}
            >
              <span className="dim">User</span> <bdi>{search.user}</bdi>
              <Icon name="close" size={11} />
            </button>
          ) : null}
          <SearchBox
            label="Search sessions"
            value={search.q ?? ""}
            onChange={(q) => {
              const { q: before, ...rest } = search;
              setSearch(q ? { ...rest, q } : rest, before !== undefined);
            }}
          />
          <RangePicker
            search={range}
            fallback={ALL_TIME}
            onChange={(next) => setSearch({ ...named, ...next })}
          />
        </div>
      </div>
      {error ? null : <Sentence words={sentence} />}
      <p className={styles.sub}>A session is the conversation that one user had, across runs.</p>
      {error ? (
        <Failure error={error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading label="Loading the sessions" rows={14} />
      ) : sessions.length === 0 ? (
        <Notice>
          {narrowed ? (
            <>
              No session matches. <Button onClick={() => setSearch({})}>Clear everything</Button>
            </>
          ) : (
            <>
              No run named a session yet. Give your runs one: <code>session.id</code> on any span,
              or <code>gen_ai.conversation.id</code>.
            </>
          )}
        </Notice>
      ) : (
        <DataTable
          label="Sessions"
          columns={COLUMNS}
          rows={sessions}
          rowId={(session) => session.id}
          onOpen={(session) =>
            void navigate({ to: "/sessions/$sessionId", params: { sessionId: session.id } })
          }
          card={(session) => <SessionCard session={session} />}
          cardHeight={64}
          sort={{ column: "last_run_at", descending: true }}
          onSort={() => undefined}
          sortedByServer
          hasMore={hasNextPage}
          onEnd={onEnd}
        />
      )}
      {list.isFetchNextPageError ? (
        <FailureLine
          what="Older ones are not here"
          error={list.error}
          onRetry={() => void list.fetchNextPage()}
        />
      ) : null}
    </>
  );
}

function SessionCard({ session }: { session: Session }) {
  return (
    <div className={styles.card}>
      <div>
        <SessionLink session={session} />
        <span className="dim">
          <Ago at={session.last_run_at} />
        </span>
      </div>
      <div className="dim">
        <bdi>{session.user_id ?? session.agents.join(", ")}</bdi>
        <span>
          <Runs session={session} /> {session.total_runs === 1 ? "run" : "runs"},{" "}
          <Cost usd={session.total_cost_usd} />
        </span>
      </div>
    </div>
  );
}
