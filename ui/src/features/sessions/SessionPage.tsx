/** One session as the conversation it was: what went into each run and what came out, in order. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { answer, client, failureOf } from "../../api/client";
import type { Run, Session, Span, SpanDetail } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Clock, Cost, Duration, Tokens } from "../../grammar/figures";
import { formatDuration, oneLine, parseTime, plural } from "../../grammar/format";
import { Outcome, RunStatus } from "../../grammar/RunStatus";
import { Button, buttonClass } from "../../ui/Button";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { useShortcuts } from "../../ui/shortcuts";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { RichValue } from "../run/RichValue";
import { sessionSentence } from "./sentence";
import styles from "./Sessions.module.css";
import { useSession, useSessionRuns } from "./useSessions";

export function SessionPage() {
  const { sessionId } = useParams({ from: "/shell/sessions/$sessionId" });
  const navigate = useNavigate();
  const list = useSessionRuns(sessionId);
  const session = useSession(sessionId);
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];
  const runIds = runs.map((run) => run.id);
  const words = session.data ? sessionSentence(session.data) : [{ text: "Session" }];
  useDocumentTitle(
    session.data ? `${session.data.name ?? sessionId}: ${sentenceText(words)}` : "Session",
  );
  useShortcuts([
    {
      keys: ["Escape"],
      does: "Back to the sessions",
      run: () => void navigate({ to: "/sessions" }),
    },
  ]);

  const error = failureOf(list);
  if (error) {
    return <Failure error={error} what="session" onRetry={() => void list.refetch()} />;
  }
  if (list.isPending || session.isPending) return <Loading label="Loading the session" rows={12} />;
  return (
    <>
      <div className={styles.top}>
        <nav aria-label="Where this is" className={styles.crumbs}>
          <Link to="/sessions">Sessions</Link>
          <i>/</i>
          <b title={sessionId}>
            <bdi>{oneLine(session.data?.name ?? sessionId, 80)}</bdi>
          </b>
        </nav>
        <div className={styles.controls}>
          <Link to="/runs" search={{ session: sessionId }} className={buttonClass}>
            Runs
          </Link>
        </div>
      </div>
      <Sentence words={words} />
      {session.data ? <Facts session={session.data} /> : null}
      <ol className={styles.talk} aria-label="Conversation of the session">
        {runs.map((run, at) => (
          <li key={run.id}>
            <Pause before={runs[at - 1]} run={run} />
            <RunTurn run={run} runIds={runIds} />
          </li>
        ))}
      </ol>
      {list.isFetchNextPageError ? (
        <FailureLine
          what="The next runs are not here"
          error={list.error}
          onRetry={() => void list.fetchNextPage()}
        />
      ) : null}
      {list.hasNextPage ? (
        <p className={styles.more}>
          <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
            Show the next runs
          </Button>
        </p>
      ) : null}
    </>
  );
}

function Facts({ session }: { session: Session }) {
  return (
    <div className={styles.facts}>
      <span>
        <Clock at={session.started_at} />
      </span>
      <span>
        {`over ${formatDuration(parseTime(session.last_run_at) - parseTime(session.started_at))}`}
      </span>
      <span>{plural(session.model_calls, "model call")}</span>
      <span>
        <Tokens tokens={session.tokens} /> tokens
      </span>
      <span>
        <Cost usd={session.total_cost_usd} /> {session.total_cost_usd === null ? "cost" : ""}
      </span>
      {session.user_id ? (
        <span>
          user{" "}
          <Link to="/sessions" search={{ user: session.user_id }} className="link">
            <bdi>{oneLine(session.user_id, 60)}</bdi>
          </Link>
        </span>
      ) : null}
      <span>
        <bdi>{session.agents.join(", ")}</bdi>
      </span>
    </div>
  );
}

const PAUSE_MS = 60_000;

/** Between two runs, when the user took their time. */
function Pause({ before, run }: { before: Run | undefined; run: Run }) {
  if (!before) return null;
  const ms = parseTime(run.started_at) - parseTime(before.finished_at ?? before.started_at);
  return ms < PAUSE_MS ? null : <p className={styles.pause}>{`${formatDuration(ms)} later`}</p>;
}

function RunTurn({ run, runIds }: { run: Run; runIds: string[] }) {
  const [whole, setWhole] = useState(false);
  const top = useTopSpan(run.id, whole);
  const cut = isCut(run.input_preview) || isCut(run.output_preview);
  const input = top.data?.input ?? run.input_preview;
  const output = top.data?.output ?? run.output_preview;
  return (
    <article className={styles.turn} aria-label={run.name}>
      <header>
        <RunStatus status={run.status} iconOnly />
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          state={{ runIds }}
          className={styles.name}
        >
          <bdi>{oneLine(run.name || run.id, 100)}</bdi>
        </Link>
        <Outcome success={run.success} outcome={run.outcome} />
        <span className={styles.figures}>
          <Clock at={run.started_at} />
          <Duration ms={run.duration_ms} startedAt={run.started_at} />
          {run.model_calls + run.tool_calls > 0 ? (
            <span>{`${plural(run.model_calls, "model call")}, ${plural(run.tool_calls, "tool call")}`}</span>
          ) : null}
          <Cost usd={run.cost_usd} source={run.cost_source} unpricedModels={run.unpriced_models} />
        </span>
      </header>
      <Said who="user" value={input} />
      {run.error ? (
        <div className={styles.said}>
          <span className="bad">failed</span>
          <p className="bad">{oneLine(run.error.message ?? run.error.type ?? "failed", 600)}</p>
        </div>
      ) : null}
      <Said who={run.agent ?? "agent"} value={output} />
      {cut && !top.isSuccess ? (
        <div className={styles.whole}>
          {top.isError ? (
            <FailureLine error={top.error} onRetry={() => void top.refetch()} />
          ) : null}
          <button type="button" className="link" onClick={() => setWhole(true)} disabled={whole}>
            show the whole texts
          </button>
        </div>
      ) : null}
    </article>
  );
}

/** The server keeps so many characters of a text in the run itself. */
const PREVIEW_CHARACTERS = 256;

function isCut(preview: string | null): boolean {
  return preview !== null && preview.length >= PREVIEW_CHARACTERS;
}

function Said({ who, value }: { who: string; value: unknown }) {
  return (
    <div className={styles.said}>
      <bdi className="dim">{oneLine(who, 40)}</bdi>
      <div>
        {value === null || value === undefined || value === "" ? (
          <span className="faint">not recorded</span>
        ) : (
          <RichValue value={value} markdown />
        )}
      </div>
    </div>
  );
}

/** What the run's topmost span says, whole. */
function useTopSpan(runId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["top-span", runId],
    enabled,
    queryFn: async ({ signal }) => {
      const { spans } = await answer<{ spans: Span[] }>(
        client.GET("/api/v1/runs/{id}/spans", { params: { path: { id: runId } }, signal }),
      );
      const ids = new Set(spans.map(({ id }) => id));
      const top = spans.find(({ parent_id }) => parent_id === null || !ids.has(parent_id));
      if (!top) return null;
      return answer<SpanDetail>(
        client.GET("/api/v1/runs/{id}/spans/{span_id}", {
          params: { path: { id: runId, span_id: top.id } },
          signal,
        }),
      );
    },
  });
}
