/** What is listed, all of it and not only what is in sight, as a file. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../../grammar/format";
import { Actions } from "../../ui/Choice";
import { download } from "../../ui/download";
import {
  EXPORT_RUNS_MAX,
  fetchForExport,
  runsCsv,
  runsJsonl,
  type ExportFormat,
} from "./exportRuns";
import styles from "./RunsPage.module.css";
import type { RunsSearch } from "./search";

const FORMATS = [
  { value: "csv", label: "CSV of the columns shown" },
  { value: "jsonl", label: "JSON lines, each run whole" },
];

export function ExportMenu({ search, columns }: { search: RunsSearch; columns: string[] }) {
  const [fetched, setFetched] = useState(0);
  const exporting = useMutation({
    mutationFn: async (format: ExportFormat) => {
      setFetched(0);
      const { runs, whole } = await fetchForExport(search, setFetched);
      if (format === "csv") download("runs.csv", "text/csv;charset=utf-8", runsCsv(runs, columns));
      else download("runs.jsonl", "application/x-ndjson", runsJsonl(runs));
      return { count: runs.length, whole };
    },
  });
  return (
    <>
      <Actions
        label="Export"
        options={FORMATS}
        onChoose={(format) => exporting.mutate(format as ExportFormat)}
        disabled={exporting.isPending}
      />
      <span
        role="status"
        className={`${styles.exportSays} ${exporting.isError || exporting.data?.whole === false ? "warn" : "dim"}`}
      >
        {exporting.isPending
          ? `${formatCount(fetched)} runs so far`
          : exporting.isError
            ? exporting.error.message
            : exporting.data && !exporting.data.whole
              ? `Only the first ${formatCount(EXPORT_RUNS_MAX)} runs: use vedette export for all`
              : ""}
      </span>
    </>
  );
}
