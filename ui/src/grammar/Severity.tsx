/** How loudly something is told, and the field that chooses it. */
import { Field } from "../ui/Form";
import { Pill, type Tone } from "../ui/Pill";

export const SEVERITIES = ["info", "warning", "critical"] as const;

const TONES: Record<string, Tone> = { critical: "bad", warning: "warn", info: "plain" };

export function Severity({ severity }: { severity: string }) {
  return <Pill tone={TONES[severity] ?? "plain"}>{severity}</Pill>;
}

export function SeverityField({
  label = "Severity",
  hint,
  value,
  onChange,
}: {
  label?: string;
  hint?: string;
  value: string;
  onChange: (severity: string) => void;
}) {
  return (
    <Field label={label} hint={hint}>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {SEVERITIES.map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </select>
    </Field>
  );
}
