/** One agent's schedule: what was expected and what came, when it is due, how it is set up and changed. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ApiError, failureOf } from "../../api/client";
import { statusQuery } from "../../api/queries";
import type { HeartbeatDetail } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago, Clock, Duration } from "../../grammar/figures";
import { parseTime } from "../../grammar/format";
import { LiveDot } from "../../grammar/LiveDot";
import { AgentLink } from "../../grammar/links";
import { periodWords } from "../../grammar/periods";
import { zoneName, zoneWords } from "../../grammar/range";
import { CodeBlock } from "../../ui/CodeBlock";
import { Confirm } from "../../ui/Confirm";
import { Crumbs } from "../../ui/Crumbs";
import { PageHead } from "../../ui/PageHead";
import { Panel, Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { useShortcuts } from "../../ui/shortcuts";
import { Loading } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import { ANSWERS, answerWord, dueWord } from "./answers";
import styles from "./Heartbeats.module.css";
import { HeartbeatState } from "./HeartbeatState";
import { ScheduleForm } from "./ScheduleForm";
import { heartbeatSentence } from "./sentence";
import { setupLines } from "./setup";
import { answersIn, Strip, StripLegend } from "./Strip";
import { heartbeatQuery, useDeleteSchedule, useLiveHeartbeats } from "./useHeartbeats";

const SHOWN = 50;

export function HeartbeatPage() {
  const { agent } = useParams({ from: "/shell/heartbeats/$agent" });
  const navigate = useNavigate();
  const now = useNow();
  const found = useQuery(heartbeatQuery(agent, SHOWN));
  const deleting = useDeleteSchedule(agent);
  useLiveHeartbeats(found.dataUpdatedAt, agent);
  const back = () => void navigate({ to: "/heartbeats" });
  useShortcuts([{ keys: ["Escape"], does: "Back to the heartbeats", run: back }]);
  const none = found.error instanceof ApiError && found.error.status === 404;
  const words = found.data
    ? heartbeatSentence(found.data, now)
    : [{ text: none ? `Nothing is expected of ${agent}.` : "Heartbeat" }];
  useDocumentTitle(sentenceText(words));

  const error = failureOf(found);
  if (error && !none) {
    return <Failure error={error} onRetry={() => void found.refetch()} />;
  }
  if (found.isPending) return <Loading label="Loading the schedule" rows={10} />;
  const heartbeat = none ? undefined : found.data;
  return (
    <>
      <PageHead
        crumb={
          <Crumbs parent={<Link to="/heartbeats">Heartbeats</Link>}>
            <bdi title={agent}>{agent}</bdi>
          </Crumbs>
        }
        aside={<LiveDot />}
      />
      <Sentence words={words} />
      {heartbeat ? <Facts heartbeat={heartbeat} /> : null}
      {heartbeat ? (
        <div className={styles.making}>
          <Panel title="What was expected and what came, oldest first" note={zoneWords(now)}>
            <div className={styles.strip} tabIndex={0} role="region" aria-label="Strip">
              <Strip expectations={heartbeat.expectations} large />
            </div>
            <StripLegend answers={answersIn(heartbeat.expectations)} />
          </Panel>
        </div>
      ) : null}
      <Panels columns="wide-first">
        <Panel title={heartbeat ? "Change the schedule" : "Say when it is to run"}>
          <ScheduleForm
            // What another page saved shows when it is opened again, not while one types.
            agent={agent}
            heartbeat={heartbeat ?? null}
            onSaved={() => undefined}
          >
            {heartbeat ? (
              <Confirm
                label="Delete"
                sure="Delete the schedule"
                about={`the schedule of ${agent}`}
                busy={deleting.isPending}
                onConfirm={() => deleting.mutate(undefined, { onSuccess: back })}
              />
            ) : null}
          </ScheduleForm>
          {deleting.isError ? <FailureLine error={deleting.error} /> : null}
        </Panel>
        <Panel title="How it is set up">
          <SetupLines agent={agent} heartbeat={heartbeat} />
        </Panel>
      </Panels>
      {heartbeat ? <Expectations heartbeat={heartbeat} /> : null}
    </>
  );
}

function Facts({ heartbeat }: { heartbeat: HeartbeatDetail }) {
  const now = useNow();
  const next = heartbeat.expectations.at(-1);
  return (
    <div className={styles.facts}>
      <HeartbeatState heartbeat={heartbeat} />
      <AgentLink name={heartbeat.agent} />
      {next?.answer === "due" ? (
        <span>
          {dueWord(next.at, now)} <Clock at={next.at} />
        </span>
      ) : null}
      <span>{`grace ${periodWords(heartbeat.grace_seconds)}`}</span>
      {heartbeat.max_seconds === null ? null : (
        <span>{`at most ${periodWords(heartbeat.max_seconds)} long`}</span>
      )}
      {heartbeat.last_run_at ? (
        <span>
          last run <Ago at={heartbeat.last_run_at} />
        </span>
      ) : null}
      {heartbeat.last_success_at ? (
        <span>
          last success <Ago at={heartbeat.last_success_at} />
        </span>
      ) : null}
    </div>
  );
}

function SetupLines({
  agent,
  heartbeat,
}: {
  agent: string;
  heartbeat: HeartbeatDetail | undefined;
}) {
  const { data: status } = useQuery(statusQuery);
  const schedule = heartbeat ?? {
    cron: "0 3 * * *",
    time_zone: zoneName(),
    every_seconds: null,
  };
  const { command, curl } = setupLines(
    agent,
    schedule,
    window.location.origin,
    status?.keys_required ?? false,
  );
  return (
    <div className={styles.setup}>
      <p className="dim">The schedule, from a shell:</p>
      <CodeBlock label="shell" code={command} />
      <p className="dim">
        Runs that are sent here count by themselves. What sends none says that it ran; with{" "}
        <code>&amp;status=fail</code> that it failed:
      </p>
      <CodeBlock label="at the end of the job" code={curl} />
      {status?.keys_required ? (
        <p className="dim">
          YOUR_KEY may be a key that can only ping for this agent:{" "}
          <Link to="/settings" search={{ tab: "keys" }} className="link">
            make one
          </Link>
          .
        </p>
      ) : null}
    </div>
  );
}

function Expectations({ heartbeat }: { heartbeat: HeartbeatDetail }) {
  const rows = heartbeat.expectations.toReversed();
  if (rows.length === 0) return null;
  return (
    <Panel title="Expected times, the newest first">
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Expected times">
        <table className={styles.table} aria-label="Expected times">
          <thead>
            <tr>
              <th scope="col">expected</th>
              <th scope="col">what came</th>
              <th scope="col">began</th>
              <th scope="col">took</th>
              <th scope="col">run</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.at} ${one.answer}`}>
                <td>
                  <Clock at={one.at} />
                </td>
                <td className={toneOf(one.answer)}>{ANSWERS[answerWord(one.answer)]}</td>
                <td>{one.started_at ? <Clock at={one.started_at} /> : null}</td>
                <td>
                  {one.started_at ? (
                    <Duration
                      ms={
                        one.finished_at
                          ? parseTime(one.finished_at) - parseTime(one.started_at)
                          : null
                      }
                      startedAt={one.started_at}
                    />
                  ) : null}
                </td>
                <td>
                  {one.run_id ? (
                    <Link to="/runs/$runId" params={{ runId: one.run_id }} className="link">
                      the run
                    </Link>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function toneOf(answer: string): string {
  if (answer === "missed" || answer === "failed") return "bad";
  if (answer === "late" || answer === "too_long" || answer === "overlapping") return "warn";
  return answer === "ok" ? "" : "dim";
}
