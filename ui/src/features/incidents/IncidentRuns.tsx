/** The runs of an incident, the last failure first: of each root run the one that failed first. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { failureOf } from "../../api/client";
import type { Incident } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatCount } from "../../grammar/format";
import { DataTable } from "../../ui/DataTable";
import { Loading } from "../../ui/States";
import { RunCard, runColumns } from "../runs/columns";
import { useColumnChoice } from "../runs/useColumnChoice";
import { OPTIONAL_COLUMNS } from "../runs/columns";
import styles from "./Incidents.module.css";
import { useIncidentRuns } from "./useIncidents";

export function IncidentRuns({ incident }: { incident: Incident }) {
  const navigate = useNavigate();
  const list = useIncidentRuns(incident.id);
  const [hidden] = useColumnChoice(OPTIONAL_COLUMNS);
  const runs = useMemo(() => list.data?.pages.flatMap((page) => page.runs) ?? [], [list.data]);
  const runIds = useMemo(() => runs.map(({ id }) => id), [runs]);
  const longestMs = useMemo(() => Math.max(0, ...runs.map((run) => run.duration_ms ?? 0)), [runs]);
  const columns = useMemo(() => runColumns(runIds, longestMs), [runIds, longestMs]);
  const { fetchNextPage, isFetchingNextPage } = list;
  const onEnd = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);

  const error = failureOf(list);
  if (error) return <Failure error={error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading label="Loading the runs" rows={6} />;
  const below = incident.runs.filter(({ root_id, run_id }) => root_id !== run_id).length;
  return (
    <section aria-label="Runs in it" className={styles.runs}>
      <h2>Runs in it, the last failure first</h2>
      {below > 0 ? (
        <p className="dim">
          {`${formatCount(below)} of them failed below another run: the one that failed first is shown.`}
        </p>
      ) : null}
      <DataTable
        label="Runs"
        columns={columns}
        rows={runs}
        rowId={(run) => run.id}
        onOpen={(run) =>
          void navigate({ to: "/runs/$runId", params: { runId: run.id }, state: { runIds } })
        }
        card={(run) => <RunCard run={run} runIds={runIds} />}
        cardHeight={84}
        sort={{ column: "", descending: true }}
        onSort={() => undefined}
        sortedByServer
        hidden={hidden}
        hasMore={list.hasNextPage}
        onEnd={onEnd}
      />
    </section>
  );
}
