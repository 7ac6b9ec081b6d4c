/** What is asked of finished runs, how many passed, and the runs that did not. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { failureOf } from "../../api/client";
import type { Check } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Clock } from "../../grammar/figures";
import { formatCount, formatShare, oneLine } from "../../grammar/format";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Confirm } from "../../ui/Confirm";
import { columnsOf, DataTable, type Columns } from "../../ui/DataTable";
import { PageHead } from "../../ui/PageHead";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { useShortcuts } from "../../ui/shortcuts";
import { Loading, Notice } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { targetWords } from "../alerts/conditions";
import { CheckForm } from "./CheckForm";
import styles from "./Checks.module.css";
import type { ChecksSearch } from "./search";
import { checksSentence } from "./sentence";
import { testWords } from "./tests";
import { checksQuery, countsQuery, resultsOfQuery, useDeleteCheck, type Counts } from "./useChecks";

interface Row {
  check: Check;
  /** Undefined while it is not known. */
  counts: Counts | undefined;
}

const column = columnsOf<Row>();

const COLUMNS = column.columns([
  column.display({
    id: "name",
    header: "check",
    cell: ({ row }) => <CheckLink check={row.original.check} />,
    meta: { track: "minmax(120px, 1fr)" },
  }),
  column.display({
    id: "asks",
    header: "asks that",
    cell: ({ row }) => <bdi className="dim">{words(row.original.check)}</bdi>,
    meta: { track: "minmax(180px, 2fr)" },
  }),
  column.display({
    id: "runs",
    header: "runs",
    cell: ({ row }) => <Asked counts={row.original.counts} />,
    meta: { track: "80px", align: "right", hint: "how many it was asked of" },
  }),
  column.display({
    id: "failed",
    header: "did not pass",
    cell: ({ row }) => <Failed counts={row.original.counts} />,
    meta: { track: "130px", align: "right" },
  }),
]) as Columns<Row>;

function words(check: Check): string {
  const on = targetWords(check.on);
  return oneLine(`${testWords(check.test)}${on ? `, of ${on}` : ""}`, 300);
}

function CheckLink({ check }: { check: Check }) {
  return (
    <>
      <Link to="/checks" search={{ check: check.name }} className={styles.name} title={check.name}>
        <bdi>{oneLine(check.name, 120)}</bdi>
      </Link>{" "}
      {check.paused ? <Pill tone="warn">paused</Pill> : null}
    </>
  );
}

const NEVER_ASKED: Counts = { runs: 0, failed: 0 };
const NOT_KNOWN = "the results are not known yet";

function Asked({ counts }: { counts: Counts | undefined }) {
  if (!counts) return <Unknown reason={NOT_KNOWN} />;
  if (counts.runs === 0) return <Unknown reason="no run ended since it was made" />;
  return <>{formatCount(counts.runs)}</>;
}

function Failed({ counts }: { counts: Counts | undefined }) {
  if (!counts) return <Unknown reason={NOT_KNOWN} />;
  if (counts.runs === 0) return <Unknown reason="no run was asked yet" />;
  if (counts.failed === 0) return <span className="dim">0</span>;
  return (
    <span className="bad">
      {`${formatCount(counts.failed)} (${formatShare(counts.failed / counts.runs)})`}
    </span>
  );
}

function CheckCard({ row }: { row: Row }) {
  return (
    <div className={styles.card}>
      <div>
        <CheckLink check={row.check} />
        {row.counts?.runs === 0 ? (
          <span className="dim">not asked yet</span>
        ) : (
          <span>
            <Failed counts={row.counts} /> of <Asked counts={row.counts} />
          </span>
        )}
      </div>
      <bdi className="dim">{words(row.check)}</bdi>
    </div>
  );
}

export function ChecksPage() {
  const search = useSearch({ from: "/shell/checks" });
  const navigate = useNavigate();
  const list = useQuery(checksQuery);
  const counts = useQuery(countsQuery);
  const rows = (list.data ?? []).map((check) => ({
    check,
    counts: counts.data && (counts.data.get(check.name) ?? NEVER_ASKED),
  }));
  const sentence = list.data ? checksSentence(rows) : [{ text: "Checks" }];
  useDocumentTitle(sentenceText(sentence));
  const show = (next: ChecksSearch) => void navigate({ to: "/checks", search: next });
  useShortcuts([{ keys: ["Escape"], does: "Close the check", run: () => show({}) }]);

  const error = failureOf(list);
  if (error || !list.data) {
    return (
      <>
        <PageHead crumb="Checks" />
        {error ? (
          <Failure error={error} onRetry={() => void list.refetch()} />
        ) : (
          <Loading label="Loading the checks" rows={10} />
        )}
      </>
    );
  }
  const making = search.new === "yes";
  const chosen = list.data.find(({ name }) => name === search.check);
  return (
    <>
      <PageHead crumb="Checks">
        <Button
          look={making ? "plain" : "primary"}
          onClick={() => show(making ? {} : { new: "yes" })}
        >
          {making ? "Cancel" : "New check"}
        </Button>
      </PageHead>
      <Sentence words={sentence} />
      <p className={styles.sub}>
        A check is asked of every run that ends well after the check was made. The answer is a score
        of the run; runs that do not pass gather in an incident.
      </p>
      {counts.isLoadingError ? (
        <FailureLine
          what="The results are not known"
          error={counts.error}
          onRetry={() => void counts.refetch()}
        />
      ) : null}
      {making ? (
        <div className={styles.open}>
          <Panel title="A new check">
            <CheckForm check={null} onSaved={({ name }) => show({ check: name })} />
          </Panel>
        </div>
      ) : null}
      {search.check && !chosen ? (
        <div className={styles.open} role="alert">
          <Notice>
            There is no check named <bdi>{search.check}</bdi>.
          </Notice>
        </div>
      ) : null}
      {rows.length === 0 ? (
        <Teach />
      ) : (
        <DataTable
          label="Checks"
          columns={COLUMNS}
          rows={rows}
          rowId={({ check }) => check.id}
          onOpen={({ check }) => show({ check: check.name })}
          card={(row) => <CheckCard row={row} />}
          cardHeight={64}
          sort={{ column: "", descending: false }}
          onSort={() => undefined}
          sortedByServer
        />
      )}
      {chosen ? <OpenCheck key={chosen.id} check={chosen} onDeleted={() => show({})} /> : null}
    </>
  );
}

function OpenCheck({ check, onDeleted }: { check: Check; onDeleted: () => void }) {
  const deleting = useDeleteCheck(check.id);
  return (
    <div className={styles.open}>
      <Panel
        title={
          <>
            Results of <bdi>{oneLine(check.name, 80)}</bdi>, the newest first
          </>
        }
      >
        <Results name={check.name} />
      </Panel>
      <Panel title="Change the check">
        <CheckForm check={check} onSaved={() => undefined}>
          <Confirm
            label="Delete"
            sure="Delete the check"
            about={check.name}
            busy={deleting.isPending}
            onConfirm={() => deleting.mutate(undefined, { onSuccess: onDeleted })}
          />
          {deleting.isError ? <FailureLine error={deleting.error} /> : null}
        </CheckForm>
      </Panel>
    </div>
  );
}

function Results({ name }: { name: string }) {
  const results = useQuery(resultsOfQuery(name));
  if (results.isLoadingError)
    return <FailureLine error={results.error} onRetry={() => void results.refetch()} />;
  if (!results.data) return <Loading label="Loading the results" rows={3} />;
  if (results.data.length === 0) {
    return <p className="dim">No run ended since it was made.</p>;
  }
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Results">
      <table className={styles.table} aria-label="Results">
        <thead>
          <tr>
            <th scope="col">when</th>
            <th scope="col">found</th>
            <th scope="col">expected</th>
            <th scope="col">got</th>
            <th scope="col">run</th>
          </tr>
        </thead>
        <tbody>
          {results.data.map((result) => (
            <tr key={result.runId}>
              <td>
                <Clock at={result.at} />
              </td>
              <td className={result.passed ? "good" : "bad"}>
                {result.passed ? "passed" : "did not pass"}
              </td>
              <td className={styles.text} title={result.expected}>
                <bdi>{oneLine(result.expected, 160)}</bdi>
              </td>
              <td className={styles.text} title={result.got}>
                <bdi>{oneLine(result.got, 160)}</bdi>
              </td>
              <td>
                <Link to="/runs/$runId" params={{ runId: result.runId }} className="link">
                  the run
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const FILE = `[[checks]]
name = "no apology"
test = { type = "regex", pattern = "(?i)as an ai", not = true }`;

function Teach() {
  return (
    <div className={styles.teach}>
      <p>
        Make the first with <b>New check</b>, or keep checks in git:
      </p>
      <CodeBlock label="watch.toml" code={FILE} />
      <CodeBlock label="shell" code="vedette apply watch.toml" />
    </div>
  );
}
