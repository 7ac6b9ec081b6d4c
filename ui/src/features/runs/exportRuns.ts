/**
 * The runs listed as a file: CSV of the columns shown, or each run whole as a line of JSON. It asks
 * page by page with the filters and the order of the list.
 */
import { answer, client } from "../../api/client";
import type { Run, RunPage } from "../../api/types";
import { csvText } from "../../ui/csv";
import { runsQuery, type RunsSearch } from "./search";

/** A file is put together in the page; more than this belongs to the command line's export. */
export const EXPORT_RUNS_MAX = 20_000;
const PAGE_SIZE = 1000;

export type ExportFormat = "csv" | "jsonl";

/** What stands in a column of the file, by the list's columns; a column may be several. */
const FIELDS: Record<string, [string, (run: Run) => unknown][]> = {
  status: [["status", (run) => run.status]],
  run: [
    ["id", (run) => run.id],
    ["name", (run) => run.name],
    ["error", (run) => run.error?.message ?? run.error?.type],
  ],
  agent: [["agent", (run) => run.agent]],
  outcome: [
    ["success", (run) => run.success],
    ["outcome", (run) => run.outcome],
  ],
  started_at: [["started_at", (run) => run.started_at]],
  duration_ms: [["duration_ms", (run) => run.duration_ms]],
  calls: [
    ["model_calls", (run) => run.model_calls],
    ["tool_calls", (run) => run.tool_calls],
  ],
  tokens: [
    ["input_tokens", (run) => run.tokens.input],
    ["output_tokens", (run) => run.tokens.output],
  ],
  cost_usd: [
    // A decimal as the server wrote it: a number would lose its last digits.
    ["cost_usd", (run) => run.cost_usd],
    ["cost_source", (run) => run.cost_source],
  ],
  models: [["models", (run) => run.models.join(" ")]],
  workflow: [["workflow", (run) => run.workflow]],
  user: [["user_id", (run) => run.user_id]],
  session: [["session_id", (run) => run.session?.id]],
  customer: [["customer_id", (run) => run.customer_id]],
  feature: [["feature", (run) => run.feature]],
  tags: [["tags", (run) => run.tags.join(" ")]],
  version: [["version", (run) => run.version]],
  environment: [["environment", (run) => run.environment]],
};

/** Columns without a name here are drawings. */
export function runsCsv(runs: Run[], columns: string[]): string {
  const fields = columns.flatMap((column) => FIELDS[column] ?? []);
  return csvText(
    fields.map(([name]) => name),
    runs.map((run) => fields.map(([, value]) => value(run))),
  );
}

export function runsJsonl(runs: Run[]): string {
  return runs.map((run) => `${JSON.stringify(run)}\n`).join("");
}

/** `whole` is false when there were more than a file holds. */
export async function fetchForExport(
  search: RunsSearch,
  onProgress: (runs: number) => void,
): Promise<{ runs: Run[]; whole: boolean }> {
  const query = runsQuery(search, Date.now());
  const runs: Run[] = [];
  let cursor: string | null = null;
  do {
    const page: RunPage = await answer<RunPage>(
      client.GET("/api/v1/runs", {
        params: { query: { ...query, limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) } },
      }),
    );
    runs.push(...page.runs);
    cursor = page.next_cursor;
    onProgress(runs.length);
  } while (cursor !== null && runs.length < EXPORT_RUNS_MAX);
  return { runs, whole: cursor === null };
}
