/** The columns of the list of runs, in the order of one grammar: what, how it ended, when, how much. */
import type { Run } from "../../api/types";
import { Ago, Cost, Duration, Tokens } from "../../grammar/figures";
import { formatCount, oneLine, parseTime, plural } from "../../grammar/format";
import { AgentLink, RunLink } from "../../grammar/links";
import { Outcome, RunStatus } from "../../grammar/RunStatus";
import { estimates } from "../../grammar/estimates";
import { columnsOf, type Columns } from "../../ui/DataTable";
import { Unknown } from "../../ui/Unknown";
import styles from "./columns.module.css";

const column = columnsOf<Run>();

/** `longestMs` is what the duration bars are drawn against. */
export function runColumns(runIds: string[], longestMs: number): Columns<Run> {
  return column.columns([
    column.display({
      id: "status",
      header: () => <span className="visually-hidden">status</span>,
      cell: ({ row }) => <RunStatus status={row.original.status} iconOnly />,
      meta: { track: "14px", hint: "status" },
    }),
    column.display({
      id: "run",
      header: "run",
      cell: ({ row }) => (
        <span className={styles.run}>
          <RunLink run={row.original} runIds={runIds} className={styles.name} />
          <SenderId run={row.original} />
          <span className={styles.preview}>{previewOf(row.original)}</span>
        </span>
      ),
      meta: { track: "minmax(160px, 3fr)" },
    }),
    column.display({
      id: "agent",
      header: "agent",
      cell: ({ row }) =>
        row.original.agent === null ? (
          <Unknown reason="no span named its agent" />
        ) : (
          <span className={styles.agent} title={row.original.agents.join(", ")}>
            <AgentLink name={row.original.agent} />
          </span>
        ),
      meta: { track: "minmax(104px, 1fr)" },
    }),
    column.display({
      id: "outcome",
      header: "outcome",
      cell: ({ row }) =>
        row.original.success === null && row.original.outcome === null ? (
          <Unknown reason="the run did not say whether it did its job" />
        ) : (
          <Outcome success={row.original.success} outcome={row.original.outcome} />
        ),
      meta: { track: "minmax(88px, 0.8fr)" },
    }),
    column.accessor((run) => parseTime(run.started_at), {
      id: "started_at",
      header: "started",
      cell: ({ row }) => <Ago at={row.original.started_at} />,
      meta: { track: "70px", align: "right" },
    }),
    column.accessor("duration_ms", {
      header: "duration",
      cell: ({ row }) => (
        <span className={styles.duration}>
          <i
            className={styles.bar}
            style={{ width: `${barShare(row.original.duration_ms, longestMs) * 100}%` }}
          />
          <Duration ms={row.original.duration_ms} startedAt={row.original.started_at} />
        </span>
      ),
      meta: { track: "88px", align: "right" },
    }),
    column.display({
      id: "calls",
      header: "calls",
      cell: ({ row }) => (
        <span
          title={`${row.original.model_calls} model calls, ${row.original.tool_calls} tool calls`}
        >
          {formatCount(row.original.model_calls)}
          <span className="faint"> + </span>
          {formatCount(row.original.tool_calls)}
        </span>
      ),
      meta: { track: "92px", align: "right", hint: "model calls + tool calls", minor: true },
    }),
    column.display({
      id: "tokens",
      header: "tokens",
      cell: ({ row }) => (
        <Tokens tokens={row.original.tokens} estimated={estimates(row.original).tokens} />
      ),
      meta: { track: "112px", align: "right", hint: "tokens in → out" },
    }),
    column.accessor((run) => Number(run.cost_usd ?? -1), {
      id: "cost_usd",
      header: "cost",
      cell: ({ row }) => (
        <Cost
          usd={row.original.cost_usd}
          source={row.original.cost_source}
          unpricedModels={row.original.unpriced_models}
        />
      ),
      meta: { track: "72px", align: "right" },
    }),
    column.display({
      id: "models",
      header: "model",
      cell: ({ row }) => (
        <span className="mono dim" title={row.original.models.join(", ")}>
          {row.original.models[0] ?? ""}
          {row.original.models.length > 1 ? ` +${row.original.models.length - 1}` : ""}
        </span>
      ),
      meta: { track: "minmax(80px, 0.9fr)", minor: true },
    }),
    column.display({
      id: "workflow",
      header: "workflow",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.workflow ?? "", 120)}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "pattern",
      header: "pattern",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.pattern ?? "", 120)}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "customer",
      header: "customer",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.customer_id ?? "", 120)}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "feature",
      header: "feature",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.feature ?? "", 120)}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "tags",
      header: "tags",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.tags.join(", "), 120)}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "version",
      header: "version",
      cell: ({ row }) => <bdi className="dim">{oneLine(row.original.version ?? "", 80)}</bdi>,
      meta: { track: "minmax(60px, 0.6fr)", minor: true },
    }),
    column.display({
      id: "user",
      header: "user",
      cell: ({ row }) => <bdi className="dim">{row.original.user_id}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "session",
      header: "session",
      cell: ({ row }) => (
        <bdi className="dim">{row.original.session?.name ?? row.original.session?.id}</bdi>
      ),
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
    column.display({
      id: "environment",
      header: "environment",
      cell: ({ row }) => <bdi className="dim">{row.original.environment}</bdi>,
      meta: { track: "minmax(60px, 0.7fr)", minor: true },
    }),
  ]) as Columns<Run>;
}

/** The columns that always stand, and in the file too. */
export const FIXED_COLUMNS = ["status", "run", "started_at", "duration_ms", "cost_usd"];

/** Columns that may be left out, and whether they are at first. */
export const OPTIONAL_COLUMNS = [
  { value: "agent", label: "Agent", shown: true },
  { value: "outcome", label: "Outcome", shown: true },
  { value: "calls", label: "Calls", shown: true },
  { value: "tokens", label: "Tokens", shown: true },
  { value: "models", label: "Model", shown: false },
  { value: "workflow", label: "Workflow", shown: false },
  { value: "pattern", label: "Pattern", shown: false },
  { value: "customer", label: "Customer", shown: false },
  { value: "feature", label: "Feature", shown: false },
  { value: "tags", label: "Tags", shown: false },
  { value: "version", label: "Version", shown: false },
  { value: "user", label: "User", shown: false },
  { value: "session", label: "Session", shown: false },
  { value: "environment", label: "Environment", shown: false },
];

/** By the square root, so that the short ones can be told apart beside one very long. */
function barShare(ms: number | null, longestMs: number): number {
  if (ms === null || longestMs <= 0) return 0;
  return Math.sqrt(Math.min(1, ms / longestMs));
}

/** A longer one is made for machines. */
const SENDER_ID_MAX = 24;

/** What its sender calls a run, where that was made to be read. */
function SenderId({ run: { external_id: id } }: { run: Run }) {
  if (!id || id.length > SENDER_ID_MAX) return null;
  return <bdi className={`${styles.senderId} mono dim`}>{oneLine(id, SENDER_ID_MAX)}</bdi>;
}

/** Why it failed, else what it was asked, else what kind of work it is. */
function previewOf(run: Run): string {
  const { error, input_preview: input, pattern, span_count, event_count } = run;
  if (error) return oneLine(error.message ?? error.type ?? "failed", 200);
  if (input) return oneLine(input, 200);
  return pattern ? oneLine(`${pattern}, ${plural(span_count - event_count, "step")}`, 200) : "";
}

export function RunCard({ run, runIds }: { run: Run; runIds: string[] }) {
  return (
    <div className={styles.card}>
      <div className={styles.cardLine}>
        <RunStatus status={run.status} iconOnly />
        <RunLink run={run} runIds={runIds} className={styles.name} />
        <SenderId run={run} />
        <span className={styles.cardFigure}>
          <Ago at={run.started_at} />
        </span>
      </div>
      <div className={styles.cardLine}>
        <span className={styles.preview}>{previewOf(run) || run.models.join(", ")}</span>
        <Outcome success={run.success} outcome={run.outcome} />
      </div>
      <div className={`${styles.cardLine} dim`}>
        <bdi className={styles.cardAgent}>{run.agent === run.name ? "" : run.agent}</bdi>
        <Duration ms={run.duration_ms} startedAt={run.started_at} />
        <Tokens tokens={run.tokens} estimated={estimates(run).tokens} />
        <Cost usd={run.cost_usd} source={run.cost_source} unpricedModels={run.unpriced_models} />
      </div>
    </div>
  );
}
