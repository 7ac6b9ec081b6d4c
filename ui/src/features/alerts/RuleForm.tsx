/** A rule to be made or changed, tried on the past before it is saved. */
import { useState, type ReactNode } from "react";
import type { Alert } from "../../api/types";
import { parsePeriod, periodText } from "../../grammar/periods";
import { PeriodField } from "../../grammar/PeriodField";
import { SeverityField } from "../../grammar/Severity";
import { Button } from "../../ui/Button";
import { Field, FieldGroup, FieldRow, Form, Tick } from "../../ui/Form";
import { ChannelTicks } from "../channels/ChannelTicks";
import { ConditionFields } from "./ConditionFields";
import { conditionOf, draftOf, newDraft } from "./conditions";
import { TargetFields } from "./TargetFields";
import { TrialView } from "./TrialView";
import { usePutRule, useTrial, type RuleBody } from "./useAlerts";

const TRIAL_DAYS = 7;

export function RuleForm({
  alert,
  onSaved,
  children,
}: {
  alert: Alert | null;
  onSaved: (alert: Alert) => void;
  /** More to do, beside saving. */
  children?: ReactNode;
}) {
  const [name, setName] = useState("");
  const [draft, setDraft] = useState(() =>
    alert ? draftOf(alert.when) : newDraft("failure_rate"),
  );
  const [target, setTarget] = useState(alert?.on ?? {});
  const [span, setSpan] = useState(alert?.window_seconds ? periodText(alert.window_seconds) : "");
  const [samples, setSamples] = useState(String(alert?.min_samples ?? 1));
  const [cooldown, setCooldown] = useState(periodText(alert?.cooldown_seconds ?? 3_600));
  const [severity, setSeverity] = useState(alert?.severity ?? "warning");
  const [recovery, setRecovery] = useState(alert?.recovery ?? true);
  const [channels, setChannels] = useState(alert?.channels ?? []);
  const [paused, setPaused] = useState(alert?.paused ?? false);
  const trying = useTrial();
  const putting = usePutRule();

  function body(): RuleBody {
    return {
      when: conditionOf(draft),
      on: target,
      window_seconds: span.trim() === "" ? null : parsePeriod(span),
      min_samples: Number(samples),
      cooldown_seconds: parsePeriod(cooldown) ?? 3_600,
      recovery,
      severity,
      channels,
      paused,
    };
  }
  return (
    <Form
      label="Rule"
      save={alert ? "Save" : "Make the rule"}
      saving={putting}
      refused={(putting.error ?? trying.error)?.message}
      onSubmit={() =>
        putting.mutate({ name: alert?.id ?? name.trim(), body: body() }, { onSuccess: onSaved })
      }
      actions={
        <>
          <Button
            disabled={trying.isPending}
            onClick={() => {
              putting.reset();
              trying.mutate({ body: body(), days: TRIAL_DAYS });
            }}
          >
            {trying.isPending ? "Trying…" : `Try it on the last ${TRIAL_DAYS} days`}
          </Button>
          {children}
        </>
      }
    >
      {alert ? null : (
        <Field label="Name" wide>
          <input value={name} required onChange={(event) => setName(event.target.value)} />
        </Field>
      )}
      <ConditionFields label="Fires when" draft={draft} onChange={setDraft} />
      <FieldGroup label="For which runs">
        <TargetFields target={target} onChange={setTarget} />
      </FieldGroup>
      <FieldRow>
        <PeriodField
          label="Window"
          hint="how far back it looks"
          value={span}
          onChange={setSpan}
          placeholder="1h (cost, tokens: 1d)"
        />
        <Field label="Minimum runs" hint="with fewer, rates and averages are not judged">
          <input
            type="number"
            min={1}
            step={1}
            required
            value={samples}
            onChange={(event) => setSamples(event.target.value)}
          />
        </Field>
        <PeriodField
          label="Cooldown"
          hint="least time between two notices"
          value={cooldown}
          onChange={setCooldown}
          min={0}
          required
        />
        <SeverityField value={severity} onChange={setSeverity} />
      </FieldRow>
      <ChannelTicks chosen={channels} onChange={setChannels} />
      <FieldRow>
        <Tick label="Tell when it is over" checked={recovery} onChange={setRecovery} />
        <Tick label="Paused" checked={paused} onChange={setPaused} />
      </FieldRow>
      <div role="status">{trying.data ? <TrialView trial={trying.data} /> : null}</div>
    </Form>
  );
}
