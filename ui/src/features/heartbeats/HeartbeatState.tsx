import type { Heartbeat } from "../../api/types";
import { Pill, type Tone } from "../../ui/Pill";
import { useNow } from "../../ui/useNow";
import { stateWords } from "./answers";

const TONES: Record<string, Tone> = {
  healthy: "good",
  missing: "bad",
  paused: "warn",
  new: "plain",
};

/** Whether runs come as expected. */
export function HeartbeatState({ heartbeat }: { heartbeat: Heartbeat }) {
  const now = useNow();
  return (
    <Pill tone={TONES[heartbeat.state] ?? "plain"} title={stateWords(heartbeat, now)}>
      {heartbeat.state}
    </Pill>
  );
}
