/** What is watched by rules: which fire, since when, and what each says. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { failureOf } from "../../api/client";
import type { Alert } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Ago } from "../../grammar/figures";
import { formatCount, oneLine, parseTime } from "../../grammar/format";
import { LiveDot } from "../../grammar/LiveDot";
import { Severity } from "../../grammar/Severity";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { columnsOf, DataTable, type Columns, type Sort } from "../../ui/DataTable";
import { PageHead } from "../../ui/PageHead";
import { Panel } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import styles from "./Alerts.module.css";
import { AlertState } from "./AlertState";
import { conditionWords, targetWords } from "./conditions";
import { RuleForm } from "./RuleForm";
import { alertsSentence } from "./state";
import { alertsQuery, useLiveAlerts } from "./useAlerts";

const column = columnsOf<Alert>();

function words(alert: Alert): string {
  const said = conditionWords(alert.when, alert.window_seconds);
  const on = targetWords(alert.on);
  return on ? `${said}, of ${on}` : said;
}

function AlertLink({ alert }: { alert: Alert }) {
  return (
    <Link to="/alerts/$name" params={{ name: alert.id }} className={styles.name} title={alert.name}>
      <bdi>{oneLine(alert.name, 120)}</bdi>
    </Link>
  );
}

const COLUMNS = column.columns([
  column.display({
    id: "state",
    header: "state",
    cell: ({ row }) => <AlertState alert={row.original} />,
    meta: { track: "84px" },
  }),
  column.accessor("name", {
    header: "rule",
    cell: ({ row }) => <AlertLink alert={row.original} />,
    meta: { track: "minmax(120px, 1fr)" },
  }),
  column.display({
    id: "when",
    header: "fires when",
    cell: ({ row }) => (
      <bdi className="dim" title={words(row.original)}>
        {words(row.original)}
      </bdi>
    ),
    meta: { track: "minmax(200px, 2.4fr)" },
  }),
  column.display({
    id: "severity",
    header: "severity",
    cell: ({ row }) => <Severity severity={row.original.severity} />,
    meta: { track: "78px" },
  }),
  column.accessor("fired", {
    header: "fired",
    cell: ({ row }) => formatCount(row.original.fired),
    meta: { track: "64px", align: "right", hint: "how often" },
  }),
  column.accessor((alert) => (alert.last_fired_at ? parseTime(alert.last_fired_at) : 0), {
    id: "last_fired_at",
    header: "last fired",
    cell: ({ row }) => <Ago at={row.original.last_fired_at} />,
    meta: { track: "92px", align: "right" },
  }),
]) as Columns<Alert>;

function AlertCard({ alert }: { alert: Alert }) {
  return (
    <div className={styles.card}>
      <div>
        <AlertLink alert={alert} />
        <AlertState alert={alert} />
      </div>
      <bdi className="dim">{oneLine(words(alert), 160)}</bdi>
      <div className="dim">
        <span>{alert.severity}</span>
        <span>
          last fired <Ago at={alert.last_fired_at} />
        </span>
      </div>
    </div>
  );
}

export function AlertsPage() {
  const search = useSearch({ from: "/shell/alerts" });
  const navigate = useNavigate();
  const now = useNow();
  const [sort, setSort] = useState<Sort | null>(null);
  const list = useQuery(alertsQuery);
  useLiveAlerts(list.dataUpdatedAt);
  const sentence = list.data ? alertsSentence(list.data, now) : [{ text: "Alerts" }];
  useDocumentTitle(sentenceText(sentence));

  const error = failureOf(list);
  if (error || !list.data) {
    return (
      <>
        <PageHead crumb="Alerts" aside={<LiveDot />} />
        {error ? (
          <Failure error={error} onRetry={() => void list.refetch()} />
        ) : (
          <Loading label="Loading the rules" rows={10} />
        )}
      </>
    );
  }
  const making = search.new === "yes";
  const open = (alert: Alert) => void navigate({ to: "/alerts/$name", params: { name: alert.id } });
  return (
    <>
      <PageHead crumb="Alerts" aside={<LiveDot />}>
        <Button
          look={making ? "plain" : "primary"}
          onClick={() => void navigate({ to: "/alerts", search: making ? {} : { new: "yes" } })}
        >
          {making ? "Cancel" : "New rule"}
        </Button>
      </PageHead>
      <Sentence words={sentence} />
      <p className={styles.sub}>
        Rules over many runs: rates, costs, latency, silence. A run that fails opens an incident by
        itself.
      </p>
      {making ? (
        <div className={styles.making}>
          <Panel title="A new rule">
            <RuleForm alert={null} onSaved={open} />
          </Panel>
        </div>
      ) : null}
      {list.data.length === 0 ? (
        <Teach />
      ) : (
        <DataTable
          label="Rules"
          columns={COLUMNS}
          rows={list.data}
          rowId={({ id }) => id}
          onOpen={open}
          card={(alert) => <AlertCard alert={alert} />}
          cardHeight={84}
          // As the server has it, firing ones first, until a column is chosen.
          sort={sort ?? { column: "", descending: false }}
          onSort={setSort}
          sortedByServer={sort === null}
        />
      )}
    </>
  );
}

const FILE = `[[alerts]]
name = "too many failures"
severity = "critical"
min_samples = 10
when = { type = "failure_rate", over = 0.2 }`;

function Teach() {
  return (
    <div className={styles.teach}>
      <p>
        Make the first with <b>New rule</b>, which tries it on your runs of the last days before it
        is saved; or keep rules in git:
      </p>
      <CodeBlock label="watch.toml" code={FILE} />
      <CodeBlock label="shell" code="vedette apply watch.toml" />
    </div>
  );
}
