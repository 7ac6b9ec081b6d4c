/** A condition to be typed; of `all` and `any` the conditions in it, below it. */
import { Button } from "../../ui/Button";
import { Field, FieldGroup, FieldRow } from "../../ui/Form";
import styles from "./Alerts.module.css";
import {
  CONDITIONS,
  isCompositeDraft,
  newDraft,
  SIMPLE_TYPES,
  type Draft,
  type SimpleType,
} from "./conditions";

const LEVELS = 4;
const PARTS_MAX = 15;

export function ConditionFields({
  label,
  draft,
  onChange,
  level = 1,
}: {
  label: string;
  draft: Draft;
  onChange: (draft: Draft) => void;
  level?: number;
}) {
  function choose(type: string) {
    if (type === "all" || type === "any") {
      onChange({
        type,
        of: isCompositeDraft(draft) ? draft.of : [draft, newDraft("errors")],
      });
      return;
    }
    const simple = SIMPLE_TYPES.find((each) => each === type);
    if (simple) onChange(newDraft(simple));
  }
  const kind = (
    <Field label={label}>
      <select value={draft.type} onChange={(event) => choose(event.target.value)}>
        {SIMPLE_TYPES.map((type) => (
          <option key={type} value={type}>
            {CONDITIONS[type].label}
          </option>
        ))}
        {level < LEVELS ? (
          <>
            <option value="all">All of several</option>
            <option value="any">Any of several</option>
          </>
        ) : null}
      </select>
    </Field>
  );
  if (!isCompositeDraft(draft)) {
    return (
      <FieldRow>
        {kind}
        <Values draft={draft} onChange={onChange} />
      </FieldRow>
    );
  }
  const put = (at: number, part: Draft) =>
    onChange({ ...draft, of: draft.of.map((each, index) => (index === at ? part : each)) });
  return (
    <>
      <FieldRow>{kind}</FieldRow>
      <FieldGroup label={draft.type === "all" ? "All of these hold" : "One of these holds"}>
        {draft.of.map((part, at) => (
          // A part has no other identity than its place.
          <div key={at} className={styles.part}>
            <div>
              <ConditionFields
                label={`Condition ${at + 1}`}
                draft={part}
                onChange={(next) => put(at, next)}
                level={level + 1}
              />
            </div>
            {draft.of.length > 2 ? (
              <Button
                look="quiet"
                aria-label={`Remove condition ${at + 1}`}
                onClick={() =>
                  onChange({ ...draft, of: draft.of.filter((_, index) => index !== at) })
                }
              >
                Remove
              </Button>
            ) : null}
          </div>
        ))}
        <div>
          <Button
            disabled={draft.of.length >= PARTS_MAX}
            onClick={() => onChange({ ...draft, of: [...draft.of, newDraft("failure_rate")] })}
          >
            One more condition
          </Button>
        </div>
      </FieldGroup>
    </>
  );
}

function Values({
  draft,
  onChange,
}: {
  draft: { type: SimpleType; values: Record<string, string> };
  onChange: (draft: Draft) => void;
}) {
  return CONDITIONS[draft.type].fields.map(({ name, label, kind, optional }) => (
    <Field key={name} label={label}>
      <input
        value={draft.values[name] ?? ""}
        required={!optional}
        {...(kind === "number" ? { type: "number", step: "any", min: 0 } : {})}
        {...(kind === "money"
          ? { inputMode: "decimal" as const, pattern: "[0-9]+([.][0-9]+)?", title: "such as 2.50" }
          : {})}
        onChange={(event) =>
          onChange({ ...draft, values: { ...draft.values, [name]: event.target.value } })
        }
      />
    </Field>
  ));
}
