/** What nobody has resolved, of one agent if it is named, whatever the range. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Incident } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { Ago } from "../../grammar/figures";
import { formatCount, oneLine, plural } from "../../grammar/format";
import { IncidentStatus } from "../../grammar/IncidentStatus";
import { Panel } from "../../ui/Panel";
import { useLiveIncidents } from "../incidents/useIncidents";
import styles from "./OverviewPage.module.css";
import { INCIDENTS_SHOWN, openIncidentsOf } from "./queries";

export function OpenIncidents({ agent }: { agent?: string }) {
  const found = useQuery(openIncidentsOf(agent));
  useLiveIncidents(found.dataUpdatedAt);
  const incidents = found.data?.incidents ?? [];
  const counts = found.data?.counts;
  const all = counts ? counts.open + counts.acknowledged : 0;
  return (
    <Panel
      title="Open incidents"
      note={
        <Link to="/incidents" search={agent ? { agent } : {}} className="link">
          {all > INCIDENTS_SHOWN ? `All ${formatCount(all)}` : "All incidents"}
        </Link>
      }
    >
      {found.isLoadingError ? (
        <FailureLine error={found.error} onRetry={() => void found.refetch()} />
      ) : null}
      {found.isSuccess && incidents.length === 0 ? (
        <p className={styles.quiet}>
          None is open.
          {counts && counts.resolved > 0 ? ` ${formatCount(counts.resolved)} resolved.` : ""}
        </p>
      ) : (
        <ul className={styles.list}>
          {incidents.map((incident) => (
            <li key={incident.id} className={styles.incident}>
              <IncidentTitle incident={incident} />
              <span className={styles.incidentFacts}>
                <bdi className={styles.incidentSaid}>{oneLine(incident.what, 120)}</bdi>
                {incident.status === "acknowledged" ? (
                  <IncidentStatus status={incident.status} />
                ) : null}
                <span>
                  {plural(incident.count, "run")}, last <Ago at={incident.last_seen} />
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function IncidentTitle({ incident }: { incident: Incident }) {
  return (
    <Link
      to="/incidents/$incidentId"
      params={{ incidentId: incident.id }}
      className={styles.incidentTitle}
      title={oneLine(incident.what, 600)}
    >
      <bdi>{oneLine(incident.title, 160)}</bdi>
    </Link>
  );
}
