/** Where an incident stands: nobody looks at it yet, somebody does, it is over. */
import { Pill, type Tone } from "../ui/Pill";

const TONES: Record<string, Tone> = { open: "bad", acknowledged: "warn", resolved: "good" };

export function IncidentStatus({ status }: { status: string }) {
  return <Pill tone={TONES[status] ?? "plain"}>{status}</Pill>;
}
