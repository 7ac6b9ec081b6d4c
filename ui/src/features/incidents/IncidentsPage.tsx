/** What breaks: failures of one kind each, since when, how often, and whether somebody looks at it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { failureOf } from "../../api/client";
import type { Incident } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago } from "../../grammar/figures";
import { formatCount, oneLine, parseTime, plural } from "../../grammar/format";
import { IncidentStatus } from "../../grammar/IncidentStatus";
import { AgentLink } from "../../grammar/links";
import { LiveDot } from "../../grammar/LiveDot";
import { columnsOf, DataTable, type Columns, type Sort } from "../../ui/DataTable";
import { Icon } from "../../ui/Icon";
import { PageHead } from "../../ui/PageHead";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { Unknown } from "../../ui/Unknown";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import styles from "./Incidents.module.css";
import { NoIncidents } from "./NoIncidents";
import { STATUSES, type IncidentsSearch } from "./search";
import { incidentsSentence } from "./sentence";
import { incidentsQuery, useIncidents, useLiveIncidents } from "./useIncidents";

const column = columnsOf<Incident>();

const COLUMNS = column.columns([
  column.display({
    id: "status",
    header: "status",
    cell: ({ row }) => <IncidentStatus status={row.original.status} />,
    meta: { track: "104px" },
  }),
  column.display({
    id: "what",
    header: "what",
    cell: ({ row }) => <What incident={row.original} />,
    meta: { track: "minmax(200px, 3fr)" },
  }),
  column.display({
    id: "agent",
    header: "agent",
    cell: ({ row }) =>
      row.original.agent === null ? (
        <Unknown reason="no span named its agent" />
      ) : (
        <AgentLink name={row.original.agent} />
      ),
    meta: { track: "minmax(100px, 1fr)" },
  }),
  column.accessor("count", {
    header: "runs",
    cell: ({ row }) => formatCount(row.original.count),
    meta: { track: "64px", align: "right", hint: "root runs that failed so" },
  }),
  column.accessor((incident) => parseTime(incident.first_seen), {
    id: "first_seen",
    header: "since",
    cell: ({ row }) => <Ago at={row.original.first_seen} />,
    meta: { track: "92px", align: "right", hint: "the first failure" },
  }),
  column.accessor((incident) => parseTime(incident.last_seen), {
    id: "last_seen",
    header: "last seen",
    cell: ({ row }) => <Ago at={row.original.last_seen} />,
    meta: { track: "92px", align: "right" },
  }),
]) as Columns<Incident>;

/** The step that fails and what it says. */
function What({ incident }: { incident: Incident }) {
  const { step, what, title } = incident;
  return (
    <span className={styles.what}>
      <IncidentLink incident={incident} />
      <span className={styles.said} title={oneLine(what, 600)}>
        {step && !title.includes(step) ? (
          <bdi className={styles.step}>{oneLine(step, 60)}</bdi>
        ) : null}
        <bdi>{oneLine(what, 300)}</bdi>
      </span>
    </span>
  );
}

function IncidentLink({ incident }: { incident: Incident }) {
  return (
    <Link
      to="/incidents/$incidentId"
      params={{ incidentId: incident.id }}
      className={styles.name}
      title={oneLine(incident.title, 300)}
    >
      <bdi>{oneLine(incident.title, 160)}</bdi>
    </Link>
  );
}

function IncidentCard({ incident }: { incident: Incident }) {
  return (
    <div className={styles.card}>
      <div>
        <IncidentLink incident={incident} />
        <IncidentStatus status={incident.status} />
      </div>
      <bdi className={styles.said}>{oneLine(incident.what, 140)}</bdi>
      <div className="dim">
        <bdi>{incident.agent}</bdi>
        <span>
          {plural(incident.count, "run")}, last <Ago at={incident.last_seen} />
        </span>
      </div>
    </div>
  );
}

const LABELS: Record<(typeof STATUSES)[number], string> = {
  unresolved: "Unresolved",
  open: "Open",
  acknowledged: "Acknowledged",
  resolved: "Resolved",
  all: "All",
};

export function IncidentsPage() {
  const search = useSearch({ from: "/shell/incidents" });
  const navigate = useNavigate();
  const now = useNow();
  const [sort, setSort] = useState<Sort | null>(null);
  const { first: list, incidents, hasMore, fetchMore, older } = useIncidents(search);
  // The sentence tells of what is open, whatever the list is narrowed to.
  const unresolved = useQuery(incidentsQuery(search.agent ? { agent: search.agent } : {}));
  useLiveIncidents(list.dataUpdatedAt);
  const counts = unresolved.data?.counts;
  const sentence =
    unresolved.data && counts
      ? incidentsSentence(unresolved.data.incidents, counts, search.agent, now)
      : [{ text: "Incidents" }];
  useDocumentTitle(sentenceText(sentence));

  const error = failureOf(list, unresolved);
  if (error) {
    const again = () => [list, unresolved].forEach((each) => void each.refetch());
    return (
      <>
        <PageHead crumb="Incidents" aside={<LiveDot />} />
        <Failure error={error} onRetry={again} />
      </>
    );
  }
  const setSearch = (next: IncidentsSearch) => void navigate({ to: "/incidents", search: next });
  const count = (status: (typeof STATUSES)[number]) =>
    counts &&
    {
      unresolved: counts.open + counts.acknowledged,
      open: counts.open,
      acknowledged: counts.acknowledged,
      resolved: counts.resolved,
      all: counts.open + counts.acknowledged + counts.resolved,
    }[status];
  const status = search.status ?? "unresolved";
  return (
    <>
      <PageHead crumb="Incidents" aside={<LiveDot />}>
        {search.agent ? (
          <button
            type="button"
            className={styles.filter}
            aria-label={`Remove filter Agent: ${search.agent}`}
            onClick={() => setSearch(search.status ? { status: search.status } : {})}
          >
            <span className="dim">Agent</span> <bdi>{search.agent}</bdi>
            <Icon name="close" size={11} />
          </button>
        ) : null}
      </PageHead>
      <Sentence words={sentence} />
      <p className={styles.sub}>
        Failures of one kind, over however many runs: the same agent, step and message.
      </p>
      <div className={styles.tabs}>
        <Tabs
          label="Incidents by status"
          chosen={status}
          onChoose={(id) => {
            const next = STATUSES.find((each) => each === id);
            if (next) {
              setSearch({
                ...(search.agent ? { agent: search.agent } : {}),
                ...(next === "unresolved" ? {} : { status: next }),
              });
            }
          }}
          tabs={STATUSES.map((id) => ({
            id,
            label: LABELS[id],
            count: count(id),
            panel: list.isPending ? (
              <Loading label="Loading the incidents" rows={10} />
            ) : incidents.length === 0 ? (
              <NoIncidents status={id} agent={search.agent} everAny={(count("all") ?? 0) > 0} />
            ) : (
              <DataTable
                label="Incidents"
                columns={COLUMNS}
                rows={incidents}
                rowId={(incident) => incident.id}
                onOpen={(incident) =>
                  void navigate({
                    to: "/incidents/$incidentId",
                    params: { incidentId: incident.id },
                  })
                }
                card={(incident) => <IncidentCard incident={incident} />}
                cardHeight={84}
                // As the server has it, unresolved ones first, until a column is chosen.
                sort={sort ?? { column: "last_seen", descending: true }}
                onSort={setSort}
                sortedByServer={sort === null}
                hasMore={hasMore}
                onEnd={fetchMore}
              />
            ),
          }))}
        />
      </div>
      {older.isError ? (
        <FailureLine
          what="Older ones are not here"
          error={older.error}
          onRetry={() => void older.fetchNextPage()}
        />
      ) : null}
      {hasMore && sort !== null ? (
        <p className={styles.sub}>
          {`Sorted are the ${formatCount(incidents.length)} that are here; older ones come at the end of the list.`}
        </p>
      ) : null}
    </>
  );
}
