/** One incident: what fails, since when, how often, in which runs, and what was done about it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { failureOf } from "../../api/client";
import type { Incident } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago, Clock } from "../../grammar/figures";
import { formatCount, oneLine, plural } from "../../grammar/format";
import { IncidentStatus } from "../../grammar/IncidentStatus";
import { AgentLink } from "../../grammar/links";
import { LiveDot } from "../../grammar/LiveDot";
import { bucketWords, zoneWords } from "../../grammar/range";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { Crumbs } from "../../ui/Crumbs";
import { PageHead } from "../../ui/PageHead";
import { Panel, Panels } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { useShortcuts } from "../../ui/shortcuts";
import { Loading } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import { failuresOverTime } from "./failures";
import { FailuresChart } from "./FailuresChart";
import { History } from "./History";
import { IncidentRuns } from "./IncidentRuns";
import styles from "./Incidents.module.css";
import { incidentSentence } from "./sentence";
import { incidentQuery, useLiveIncidents, useStep } from "./useIncidents";

export function IncidentPage() {
  const { incidentId } = useParams({ from: "/shell/incidents/$incidentId" });
  const navigate = useNavigate();
  const now = useNow();
  const found = useQuery(incidentQuery(incidentId));
  const step = useStep(incidentId);
  const incident = found.data;
  useLiveIncidents(found.dataUpdatedAt);
  const words = incident ? incidentSentence(incident, now) : [{ text: "Incident" }];
  useDocumentTitle(sentenceText(words));
  const resolved = incident?.status === "resolved";
  useShortcuts([
    {
      keys: ["Escape"],
      does: "Back to the incidents",
      run: () => void navigate({ to: "/incidents" }),
    },
    {
      keys: ["a"],
      does: "Acknowledge the incident",
      run: () => {
        if (incident?.status === "open") step.mutate({ action: "acknowledge" });
      },
    },
    {
      keys: ["r"],
      does: "Resolve the incident, or open it again",
      run: () => {
        if (incident) step.mutate({ action: resolved ? "reopen" : "resolve" });
      },
    },
  ]);

  const error = failureOf(found);
  if (error) {
    return <Failure error={error} what="incident" onRetry={() => void found.refetch()} />;
  }
  if (!incident) return <Loading label="Loading the incident" rows={12} />;
  return (
    <>
      <PageHead
        crumb={
          <Crumbs parent={<Link to="/incidents">Incidents</Link>}>
            <bdi title={incident.title}>{oneLine(incident.title, 80)}</bdi>
          </Crumbs>
        }
        aside={<LiveDot />}
      >
        {incident.status === "open" ? (
          <Button
            look="primary"
            disabled={step.isPending}
            onClick={() => step.mutate({ action: "acknowledge" })}
          >
            Acknowledge
          </Button>
        ) : null}
        <Button
          disabled={step.isPending}
          onClick={() => step.mutate({ action: resolved ? "reopen" : "resolve" })}
        >
          {resolved ? "Reopen" : "Resolve"}
        </Button>
      </PageHead>
      <Sentence words={words} />
      {step.isError ? (
        <div className={styles.refused}>
          <FailureLine what="Nothing was changed" error={step.error} />
        </div>
      ) : null}
      <Facts incident={incident} />
      <figure className={styles.saying}>
        <figcaption>
          what it says, without ids, numbers and addresses
          <CopyButton text={() => incident.what} label="Copy" iconOnly />
        </figcaption>
        <pre tabIndex={0} aria-label="What it says">
          <bdi>{incident.what}</bdi>
        </pre>
      </figure>
      <Panels columns="wide-first">
        <Failures incident={incident} now={now} />
        <History incident={incident} step={step} />
      </Panels>
      <IncidentRuns incident={incident} />
    </>
  );
}

function Facts({ incident }: { incident: Incident }) {
  return (
    <div className={styles.facts}>
      <span>
        <IncidentStatus status={incident.status} />
      </span>
      {incident.agent === null ? null : (
        <span>
          <AgentLink name={incident.agent} />
        </span>
      )}
      <span>{incident.cause === "check" ? "did not pass a check" : "runs failed"}</span>
      {incident.step === null ? null : (
        <span>
          at <bdi className={styles.step}>{oneLine(incident.step, 80)}</bdi>
        </span>
      )}
      <span>
        first <Clock at={incident.first_seen} />
      </span>
      <span>
        last <Ago at={incident.last_seen} />
      </span>
      {incident.status === "resolved" || incident.good_runs === 0 ? null : (
        <span title="After some good runs it resolves itself.">
          {plural(incident.good_runs, "good run")} since
        </span>
      )}
    </div>
  );
}

function Failures({ incident, now }: { incident: Incident; now: number }) {
  const { runs, status, resolved_at, count } = incident;
  // Until the present it is a question of minutes, not of seconds.
  const minute = Math.floor(now / 60_000) * 60_000;
  const until = status === "resolved" && resolved_at ? Date.parse(resolved_at) : minute;
  const drawn = useMemo(() => failuresOverTime(runs, until, minute), [runs, until, minute]);
  return (
    <Panel
      title={`Failures, ${drawn ? bucketWords(drawn.bucket) : ""}`}
      note={
        runs.length < count
          ? `the newest ${formatCount(runs.length)} of ${formatCount(count)}`
          : zoneWords(minute)
      }
    >
      {drawn ? (
        <FailuresChart drawn={drawn} agent={incident.agent} cause={incident.cause} />
      ) : (
        <p className="dim">No run is in it any more.</p>
      )}
    </Panel>
  );
}
