/** One rule: how it stands, what it read when it fired, snoozed, changed and tried. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ApiError, failureOf } from "../../api/client";
import type { Alert } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago, Clock } from "../../grammar/figures";
import { oneLine, plural } from "../../grammar/format";
import { LiveDot } from "../../grammar/LiveDot";
import { AgentLink } from "../../grammar/links";
import { Severity } from "../../grammar/Severity";
import { Button } from "../../ui/Button";
import { Actions } from "../../ui/Choice";
import { Confirm } from "../../ui/Confirm";
import { Crumbs } from "../../ui/Crumbs";
import { PageHead } from "../../ui/PageHead";
import { Panel } from "../../ui/Panel";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { useShortcuts } from "../../ui/shortcuts";
import { Loading, Notice } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useNow } from "../../ui/useNow";
import styles from "./Alerts.module.css";
import { AlertState } from "./AlertState";
import { behind, type Behind } from "./behind";
import { conditionWords, targetWords } from "./conditions";
import { RuleForm } from "./RuleForm";
import { alertState } from "./state";
import { alertsQuery, useDeleteRule, useLiveAlerts, useSnooze } from "./useAlerts";

const SNOOZES = [
  { value: "3600", label: "For 1 hour" },
  { value: "28800", label: "For 8 hours" },
  { value: "86400", label: "For 1 day" },
  { value: "604800", label: "For 1 week" },
];

export function AlertPage() {
  // A notice names a rule by its id, a person by its name.
  const { name } = useParams({ from: "/shell/alerts/$name" });
  const navigate = useNavigate();
  const list = useQuery(alertsQuery);
  const alert =
    list.data?.find(({ id }) => id === name) ?? list.data?.find((each) => each.name === name);
  useLiveAlerts(list.dataUpdatedAt);
  const back = () => void navigate({ to: "/alerts" });
  useShortcuts([{ keys: ["Escape"], does: "Back to the alerts", run: back }]);
  const words = alert
    ? [
        { text: `${oneLine(alert.name, 120)}: fires when ` },
        { text: `${conditionWords(alert.when, alert.window_seconds)}.` },
      ]
    : [{ text: "Rule" }];
  useDocumentTitle(sentenceText(words));

  const error = failureOf(list);
  if (error) return <Failure error={error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Loading label="Loading the rule" rows={10} />;
  if (!alert) {
    return <Failure error={new ApiError(404, "not_found", "there is no such rule")} what="rule" />;
  }
  return (
    <>
      <PageHead
        crumb={
          <Crumbs parent={<Link to="/alerts">Alerts</Link>}>
            <bdi title={alert.name}>{oneLine(alert.name, 80)}</bdi>
          </Crumbs>
        }
        aside={<LiveDot />}
      >
        <Snooze alert={alert} />
      </PageHead>
      <Sentence words={words} />
      <Facts alert={alert} />
      {alert.what ? (
        <Notice tone={alert.firing_since ? "bad" : "plain"}>
          <div className={styles.what}>
            <span>{`${alert.firing_since ? "" : "When it fired last: "}${alert.what}`}</span>
            <Leads alert={alert} />
          </div>
        </Notice>
      ) : null}
      <div className={styles.making}>
        <Panel title="Change the rule">
          <RuleForm
            // Another rule is another form.
            key={alert.id}
            alert={alert}
            onSaved={() => undefined}
          >
            <DeleteRule alert={alert} onDeleted={back} />
          </RuleForm>
        </Panel>
      </div>
    </>
  );
}

function Facts({ alert }: { alert: Alert }) {
  const now = useNow();
  const { agent, ...rest } = alert.on;
  const on = targetWords(rest);
  return (
    <div className={styles.facts}>
      <AlertState alert={alert} />
      <Severity severity={alert.severity} />
      {agent ? (
        <span className={styles.of}>
          of <AgentLink name={agent} />
        </span>
      ) : null}
      {on || !agent ? <span>{on ? <bdi>of {on}</bdi> : "of every run"}</span> : null}
      {alert.what ? null : <Leads alert={alert} />}
      {alert.firing_since ? (
        <span>
          since <Clock at={alert.firing_since} />
        </span>
      ) : (
        <span>
          last fired <Ago at={alert.last_fired_at} />
        </span>
      )}
      <span>{`fired ${plural(alert.fired, "time")}`}</span>
      {alertState(alert, now) === "snoozed" && alert.snoozed_until ? (
        <span>
          snoozed until <Clock at={alert.snoozed_until} />
        </span>
      ) : null}
    </div>
  );
}

/** To what it read. */
function Leads({ alert }: { alert: Alert }) {
  const now = useNow();
  return (
    <span className={styles.leads}>
      {behind(alert, now).map((each) => (
        <Lead key={each.words} to={each} agent={alert.on.agent ?? null} />
      ))}
    </span>
  );
}

function Lead({ to: { words, runs }, agent }: { to: Behind; agent: string | null }) {
  if (runs) {
    return (
      <Link to="/runs" search={runs} className="link">
        {words}
      </Link>
    );
  }
  return agent ? (
    <Link to="/heartbeats/$agent" params={{ agent }} className="link">
      {words}
    </Link>
  ) : (
    <Link to="/heartbeats" className="link">
      {words}
    </Link>
  );
}

function Snooze({ alert }: { alert: Alert }) {
  const now = useNow();
  const snoozing = useSnooze(alert.id);
  return (
    <>
      {snoozing.isError ? <FailureLine error={snoozing.error} /> : null}
      {alertState(alert, now) === "snoozed" ? (
        <Button disabled={snoozing.isPending} onClick={() => snoozing.mutate(0)}>
          Tell again
        </Button>
      ) : (
        <Actions
          label="Snooze"
          options={SNOOZES}
          disabled={snoozing.isPending}
          onChoose={(seconds) => snoozing.mutate(Number(seconds))}
        />
      )}
    </>
  );
}

function DeleteRule({ alert, onDeleted }: { alert: Alert; onDeleted: () => void }) {
  const deleting = useDeleteRule(alert.id);
  return (
    <>
      <Confirm
        label="Delete"
        sure="Delete the rule"
        about={alert.name}
        busy={deleting.isPending}
        onConfirm={() => deleting.mutate(undefined, { onSuccess: onDeleted })}
      />
      {deleting.isError ? <FailureLine error={deleting.error} /> : null}
    </>
  );
}
