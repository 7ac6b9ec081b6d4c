import { Field } from "../ui/Form";
import { parsePeriod } from "./periods";

/** A length of time as people type it; the browser refuses the form while it is none. */
export function PeriodField({
  label,
  hint,
  value,
  onChange,
  required = false,
  min = 1,
  placeholder,
}: {
  label: string;
  hint?: string;
  value: string;
  onChange: (text: string) => void;
  required?: boolean;
  /** Seconds. */
  min?: number;
  placeholder?: string;
}) {
  const seconds = parsePeriod(value);
  const wrong = value.trim() !== "" && (seconds === null || seconds < min);
  return (
    <Field label={label} hint={hint}>
      <input
        value={value}
        required={required}
        placeholder={placeholder}
        aria-invalid={wrong}
        ref={(input) =>
          input?.setCustomValidity(wrong ? "A length of time such as 90s, 5m, 1h 30m or 2d" : "")
        }
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
