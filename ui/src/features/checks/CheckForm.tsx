/** What is asked of finished runs, to be made or changed. */
import { useState, type ReactNode } from "react";
import type { Check, CheckTest } from "../../api/types";
import { Field, FieldGroup, FieldRow, Form, Tick } from "../../ui/Form";
import { TargetFields } from "../alerts/TargetFields";
import { newValues, TEST_TYPES, testOf, TESTS, valuesOf, type TestField } from "./tests";
import { usePutCheck } from "./useChecks";

export function CheckForm({
  check,
  onSaved,
  children,
}: {
  check: Check | null;
  onSaved: (check: Check) => void;
  /** More to do, beside saving. */
  children?: ReactNode;
}) {
  const [name, setName] = useState("");
  const [type, setType] = useState<CheckTest["type"]>(check?.test.type ?? "regex");
  const [values, setValues] = useState(() => (check ? valuesOf(check.test) : newValues("regex")));
  const [target, setTarget] = useState(check?.on ?? {});
  const [paused, setPaused] = useState(check?.paused ?? false);
  const [wrong, setWrong] = useState<string | null>(null);
  const putting = usePutCheck();

  function submit() {
    let test: object;
    try {
      test = testOf(type, values);
    } catch (cause) {
      setWrong(`The schema is no JSON: ${cause instanceof Error ? cause.message : "unreadable"}`);
      return;
    }
    setWrong(null);
    putting.mutate(
      { name: check?.id ?? name.trim(), body: { test, on: target, paused } },
      { onSuccess: onSaved },
    );
  }
  return (
    <Form
      label="Check"
      save={check ? "Save" : "Make the check"}
      saving={putting}
      refused={wrong ?? putting.error?.message}
      onSubmit={submit}
      actions={children}
    >
      <FieldRow>
        {check ? null : (
          <Field label="Name" hint="also the name of the score">
            <input value={name} required onChange={(event) => setName(event.target.value)} />
          </Field>
        )}
        <Field label="Asks that">
          <select
            value={type}
            onChange={(event) => {
              const next = TEST_TYPES.find((each) => each === event.target.value);
              if (!next) return;
              setType(next);
              setValues(newValues(next));
            }}
          >
            {TEST_TYPES.map((each) => (
              <option key={each} value={each}>
                {TESTS[each].label}
              </option>
            ))}
          </select>
        </Field>
        {TESTS[type].fields.map((field) => (
          <TestInput
            key={`${type} ${field.name}`}
            field={field}
            value={values[field.name] ?? ""}
            onChange={(value) => setValues({ ...values, [field.name]: value })}
          />
        ))}
      </FieldRow>
      <FieldGroup label="For which runs">
        <TargetFields target={target} onChange={setTarget} />
      </FieldGroup>
      <FieldRow>
        <Tick label="Paused" checked={paused} onChange={setPaused} />
      </FieldRow>
    </Form>
  );
}

function TestInput({
  field,
  value,
  onChange,
}: {
  field: TestField;
  value: string;
  onChange: (value: string) => void;
}) {
  const { label, kind, optional } = field;
  if (kind === "tick") {
    return (
      <Tick
        label={label}
        checked={value === "yes"}
        onChange={(checked) => onChange(checked ? "yes" : "")}
      />
    );
  }
  if (kind === "json") {
    return (
      <Field label={label} wide>
        <textarea
          rows={6}
          spellCheck={false}
          required
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
    );
  }
  return (
    <Field label={label}>
      <input
        value={value}
        required={!optional}
        {...(kind === "number" ? { type: "number", step: "any" } : {})}
        {...(kind === "money"
          ? { inputMode: "decimal" as const, pattern: "[0-9]+([.][0-9]+)?", title: "such as 0.05" }
          : {})}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
