import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, client } from "../../api/client";
import type { Incident } from "../../api/types";
import { Ago } from "../../grammar/figures";
import { oneLine, plural } from "../../grammar/format";
import { AgentLink } from "../../grammar/links";
import { Panel } from "../../ui/Panel";
import styles from "./OverviewPage.module.css";

const SHOWN = 6;

/** Whatever the range, what nobody has resolved: each leads to the last run in it. */
export function OpenIncidents() {
  const found = useQuery({
    queryKey: ["figures", "incidents"],
    queryFn: ({ signal }) =>
      answer<{ incidents: Incident[] }>(
        client.GET("/api/v1/incidents", {
          params: { query: { status: "unresolved", limit: SHOWN + 1 } },
          signal,
        }),
      ),
  });
  const incidents = found.data?.incidents ?? [];
  return (
    <Panel
      title="Open incidents"
      note={incidents.length > SHOWN ? `the newest ${SHOWN}` : undefined}
    >
      {found.isError ? <p className="bad">{found.error.message}</p> : null}
      {found.isSuccess && incidents.length === 0 ? (
        <p className={styles.quiet}>None is open.</p>
      ) : (
        <ul className={styles.list}>
          {incidents.slice(0, SHOWN).map((incident) => (
            <li key={incident.id} className={styles.incident}>
              <IncidentTitle incident={incident} />
              <span className={styles.incidentFacts}>
                {incident.agent === null ? null : <AgentLink name={incident.agent} />}
                <span>
                  {plural(incident.count, "run")}, last <Ago at={incident.last_seen} />, first{" "}
                  <Ago at={incident.first_seen} />
                </span>
                {incident.status === "acknowledged" ? <span>acknowledged</span> : null}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function IncidentTitle({ incident }: { incident: Incident }) {
  const title = oneLine(incident.title, 160);
  const run = incident.runs[0];
  if (!run) return <bdi title={incident.what}>{title}</bdi>;
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: run.run_id }}
      className={styles.incidentTitle}
      title={oneLine(incident.what, 600)}
    >
      <bdi>{title}</bdi>
    </Link>
  );
}
