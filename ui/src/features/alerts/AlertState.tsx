import type { Alert } from "../../api/types";
import { formatClock } from "../../grammar/format";
import { Pill, type Tone } from "../../ui/Pill";
import { useNow } from "../../ui/useNow";
import { alertState, type AlertState as State } from "./state";

const TONES: Record<State, Tone> = {
  firing: "bad",
  flapping: "warn",
  snoozed: "warn",
  paused: "plain",
  ok: "good",
};

/** Whether a rule fires, and whether it would tell. */
export function AlertState({ alert }: { alert: Alert }) {
  const now = useNow();
  const state = alertState(alert, now);
  const title =
    state === "snoozed"
      ? `tells nothing until ${formatClock(alert.snoozed_until ?? "", now)}`
      : state === "flapping"
        ? "it turned too often, and is quiet until it settles"
        : undefined;
  return (
    <Pill tone={TONES[state]} title={title}>
      {state}
    </Pill>
  );
}
