/** Whether agents run when they should: each schedule as a strip of what was expected and what came. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { failureOf } from "../../api/client";
import { statusQuery } from "../../api/queries";
import type { Heartbeat } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Ago, Clock } from "../../grammar/figures";
import { LiveDot } from "../../grammar/LiveDot";
import { zoneName } from "../../grammar/range";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { columnsOf, DataTable, type Columns, type Sort } from "../../ui/DataTable";
import { PageHead } from "../../ui/PageHead";
import { Panel } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import { dueWord, scheduleWords, type AnswerWord } from "./answers";
import styles from "./Heartbeats.module.css";
import { HeartbeatState } from "./HeartbeatState";
import { ScheduleForm } from "./ScheduleForm";
import { heartbeatsSentence } from "./sentence";
import { setupLines } from "./setup";
import { Strip, StripLegend } from "./Strip";
import { heartbeatQuery, heartbeatsQuery, useLiveHeartbeats } from "./useHeartbeats";

const SHOWN = 30;
const column = columnsOf<Heartbeat>();

const COLUMNS = column.columns([
  column.accessor("agent", {
    header: "agent",
    cell: ({ row }) => <HeartbeatLink agent={row.original.agent} />,
    meta: { track: "minmax(120px, 1.4fr)" },
  }),
  column.accessor("state", {
    header: "state",
    cell: ({ row }) => <HeartbeatState heartbeat={row.original} />,
    meta: { track: "84px" },
  }),
  column.display({
    id: "expected",
    header: "expected",
    cell: ({ row }) => <Schedule heartbeat={row.original} />,
    meta: { track: "minmax(140px, 1.3fr)" },
  }),
  column.display({
    id: "strip",
    header: "what came, oldest first",
    cell: ({ row }) => <AgentStrip agent={row.original.agent} />,
    meta: { track: "276px" },
  }),
  column.display({
    id: "last",
    header: "last run",
    cell: ({ row }) => <Ago at={row.original.last_run_at} />,
    meta: { track: "84px", align: "right" },
  }),
  column.display({
    id: "due",
    header: "next expected",
    cell: ({ row }) => <Due heartbeat={row.original} />,
    meta: { track: "132px", align: "right" },
  }),
]) as Columns<Heartbeat>;

function HeartbeatLink({ agent }: { agent: string }) {
  return (
    <Link to="/heartbeats/$agent" params={{ agent }} className={styles.name} title={agent}>
      <bdi>{agent}</bdi>
    </Link>
  );
}

function Schedule({ heartbeat }: { heartbeat: Heartbeat }) {
  if (!heartbeat.cron) return <>{scheduleWords(heartbeat)}</>;
  return (
    <span title={scheduleWords(heartbeat)}>
      <span className="mono">{heartbeat.cron}</span>{" "}
      <span className="dim">{heartbeat.time_zone ?? "UTC"}</span>
    </span>
  );
}

function Due({ heartbeat }: { heartbeat: Heartbeat }) {
  const now = useNow();
  if (heartbeat.paused || heartbeat.due === null) {
    return <Unknown reason={heartbeat.paused ? "it is paused" : "nothing more is expected"} />;
  }
  return (
    <>
      {dueWord(heartbeat.due, now) === "due since" ? <span className="warn">since </span> : null}
      <Clock at={heartbeat.due} />
    </>
  );
}

/** Asked for by each row that is in view. */
function AgentStrip({ agent }: { agent: string }) {
  const { data } = useQuery(heartbeatQuery(agent, SHOWN));
  return data ? <Strip expectations={data.expectations} /> : null;
}

function HeartbeatCard({ heartbeat }: { heartbeat: Heartbeat }) {
  return (
    <div className={styles.card}>
      <div>
        <HeartbeatLink agent={heartbeat.agent} />
        <HeartbeatState heartbeat={heartbeat} />
      </div>
      <AgentStrip agent={heartbeat.agent} />
      <div className="dim">
        <Schedule heartbeat={heartbeat} />
        {heartbeat.last_run_at ? (
          <span>
            last <Ago at={heartbeat.last_run_at} />
          </span>
        ) : null}
      </div>
    </div>
  );
}

export function HeartbeatsPage() {
  const search = useSearch({ from: "/shell/heartbeats" });
  const navigate = useNavigate();
  const now = useNow();
  const [sort, setSort] = useState<Sort | null>(null);
  const list = useQuery(heartbeatsQuery);
  useLiveHeartbeats(list.dataUpdatedAt);
  const heartbeats = list.data ?? [];
  const sentence = list.data ? heartbeatsSentence(list.data, now) : [{ text: "Heartbeats" }];
  useDocumentTitle(sentenceText(sentence));

  const error = failureOf(list);
  if (error || !list.data) {
    return (
      <>
        <PageHead crumb="Heartbeats" aside={<LiveDot />} />
        {error ? (
          <Failure error={error} onRetry={() => void list.refetch()} />
        ) : (
          <Loading label="Loading the schedules" rows={10} />
        )}
      </>
    );
  }
  const making = search.new === "yes";
  const open = (agent: string) => void navigate({ to: "/heartbeats/$agent", params: { agent } });
  return (
    <>
      <PageHead crumb="Heartbeats" aside={<LiveDot />}>
        <Button
          look={making ? "plain" : "primary"}
          onClick={() => void navigate({ to: "/heartbeats", search: making ? {} : { new: "yes" } })}
        >
          {making ? "Cancel" : "Expect an agent"}
        </Button>
      </PageHead>
      <Sentence words={sentence} />
      <p className={styles.sub}>
        When runs of an agent are expected, and whether they came. Runs count, and so do pings
        without content.
      </p>
      {making ? (
        <div className={styles.making}>
          <Panel title="A new schedule">
            <ScheduleForm agent={null} heartbeat={null} onSaved={({ agent }) => open(agent)} />
          </Panel>
        </div>
      ) : null}
      {heartbeats.length === 0 ? (
        <Teach />
      ) : (
        <>
          <DataTable
            label="Heartbeats"
            columns={COLUMNS}
            rows={heartbeats}
            rowId={({ agent }) => agent}
            onOpen={({ agent }) => open(agent)}
            card={(heartbeat) => <HeartbeatCard heartbeat={heartbeat} />}
            cardHeight={86}
            sort={sort ?? { column: "", descending: false }}
            onSort={setSort}
            // As the server has it, missing ones first, until a column is chosen.
            sortedByServer={sort === null}
          />
          <StripLegend answers={MOSTLY} />
        </>
      )}
    </>
  );
}

/** What most strips hold; the page of one agent tells of all that is in its own. */
const MOSTLY: AnswerWord[] = ["ok", "late", "failed", "missed", "due"];

function Teach() {
  const { data: status } = useQuery(statusQuery);
  const schedule = { cron: "0 3 * * *", time_zone: zoneName(), every_seconds: null };
  const { command, curl } = setupLines(
    "nightly-report",
    schedule,
    window.location.origin,
    status?.keys_required ?? false,
  );
  return (
    <div className={styles.teach}>
      <p>Say when an agent is to run, and be told if it does not. In one command:</p>
      <CodeBlock label="shell" code={command} />
      <p>
        An agent that sends its runs here needs nothing else. Anything else, such as a cron job,
        says that it ran:
      </p>
      <CodeBlock label="at the end of the job" code={curl} />
    </div>
  );
}
