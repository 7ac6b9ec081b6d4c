/** When runs of an agent are expected, to be set or changed. */
import { useState, type ReactNode } from "react";
import type { Heartbeat } from "../../api/types";
import { parsePeriod, periodText } from "../../grammar/periods";
import { PeriodField } from "../../grammar/PeriodField";
import { zoneName } from "../../grammar/range";
import { SeverityField } from "../../grammar/Severity";
import { Field, FieldRow, Form, Tick } from "../../ui/Form";
import { ChannelTicks } from "../channels/ChannelTicks";
import { usePutSchedule } from "./useHeartbeats";

export function ScheduleForm({
  agent: given,
  heartbeat,
  onSaved,
  children,
}: {
  /** Null lets one name it. */
  agent: string | null;
  heartbeat: Heartbeat | null;
  onSaved: (heartbeat: Heartbeat) => void;
  /** More to do, beside saving. */
  children?: ReactNode;
}) {
  const [agent, setAgent] = useState(given ?? "");
  const [kind, setKind] = useState<"cron" | "every">(heartbeat?.every_seconds ? "every" : "cron");
  const [cron, setCron] = useState(heartbeat?.cron ?? "0 3 * * *");
  const [zone, setZone] = useState(heartbeat ? (heartbeat.time_zone ?? "UTC") : zoneName());
  const [every, setEvery] = useState(periodText(heartbeat?.every_seconds ?? 3_600));
  const [grace, setGrace] = useState(periodText(heartbeat?.grace_seconds ?? 300));
  const [longest, setLongest] = useState(
    heartbeat?.max_seconds ? periodText(heartbeat.max_seconds) : "",
  );
  const [mayOverlap, setMayOverlap] = useState(heartbeat?.may_overlap ?? false);
  const [severity, setSeverity] = useState(heartbeat?.severity ?? "critical");
  const [channels, setChannels] = useState(heartbeat?.channels ?? []);
  const [paused, setPaused] = useState(heartbeat?.paused ?? false);
  const putting = usePutSchedule();

  function submit() {
    const body = {
      cron: kind === "cron" ? cron.trim() : null,
      time_zone: kind === "cron" ? zone.trim() || null : null,
      every_seconds: kind === "every" ? parsePeriod(every) : null,
      grace_seconds: parsePeriod(grace) ?? 300,
      max_seconds: longest.trim() === "" ? null : parsePeriod(longest),
      may_overlap: mayOverlap,
      severity,
      channels,
      paused,
    };
    putting.mutate({ agent: agent.trim(), body }, { onSuccess: onSaved });
  }

  return (
    <Form
      label="Schedule"
      save={heartbeat ? "Save" : "Expect it"}
      saving={putting}
      onSubmit={submit}
      actions={children}
    >
      <FieldRow>
        {given === null ? (
          <Field label="Agent">
            <input value={agent} required onChange={(event) => setAgent(event.target.value)} />
          </Field>
        ) : null}
        <Field label="Expected">
          <select
            value={kind}
            onChange={(event) => setKind(event.target.value === "every" ? "every" : "cron")}
          >
            <option value="cron">at times of day</option>
            <option value="every">at an interval</option>
          </select>
        </Field>
        {kind === "cron" ? (
          <>
            <Field label="Cron" hint="minute hour day month weekday">
              <input
                className="mono"
                value={cron}
                required
                onChange={(event) => setCron(event.target.value)}
              />
            </Field>
            <Field label="Time zone">
              <input
                value={zone}
                list="time-zones"
                placeholder="UTC"
                onChange={(event) => setZone(event.target.value)}
              />
            </Field>
            <datalist id="time-zones">
              {Intl.supportedValuesOf("timeZone").map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </datalist>
          </>
        ) : (
          <PeriodField
            label="Every"
            hint="such as 15m or 1h"
            value={every}
            onChange={setEvery}
            required
          />
        )}
      </FieldRow>
      <FieldRow>
        <PeriodField
          label="Grace"
          hint="how late a run may begin"
          value={grace}
          onChange={setGrace}
          min={0}
          required
        />
        <PeriodField
          label="Longest"
          hint="how long a run may take"
          value={longest}
          onChange={setLongest}
          placeholder="any length"
        />
        <SeverityField value={severity} onChange={setSeverity} />
      </FieldRow>
      <ChannelTicks chosen={channels} onChange={setChannels} />
      <FieldRow>
        <Tick
          label="A run may begin while the one before still runs"
          checked={mayOverlap}
          onChange={setMayOverlap}
        />
        <Tick label="Paused" checked={paused} onChange={setPaused} />
      </FieldRow>
    </Form>
  );
}
