/** Which runs a rule or a check is about: everything if nothing is named. */
import type { Target } from "../../api/types";
import { Field, FieldRow } from "../../ui/Form";

const PARTS = [
  { part: "agent", label: "Agent" },
  { part: "tag", label: "Tag" },
  { part: "customer", label: "Customer" },
  { part: "feature", label: "Feature" },
] as const;

export function TargetFields({
  target,
  onChange,
}: {
  target: Target;
  onChange: (target: Target) => void;
}) {
  return (
    <FieldRow>
      {PARTS.map(({ part, label }) => (
        <Field key={part} label={label}>
          <input
            value={target[part] ?? ""}
            placeholder="any"
            onChange={(event) => {
              const { [part]: _, ...rest } = target;
              onChange(event.target.value === "" ? rest : { ...rest, [part]: event.target.value });
            }}
          />
        </Field>
      ))}
    </FieldRow>
  );
}
