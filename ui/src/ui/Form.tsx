/**
 * The frame of every form that saves one thing: its fields, which stand below one another where there is
 * no room, what was refused, the button that saves, and what else can be done.
 */
import type { FormEvent, ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Form.module.css";
import { Notice } from "./States";

/** How the saving goes, as a mutation tells it. */
interface Saving {
  isPending: boolean;
  isSuccess: boolean;
  error: Error | null;
}

export function Form({
  label,
  save,
  saving,
  refused = saving.error?.message,
  onSubmit,
  actions,
  children,
}: {
  label: string;
  /** What the button says. */
  save: string;
  saving: Saving;
  /** What else may be wrong than what the server said. */
  refused?: string | undefined;
  onSubmit: () => void;
  /** More to do, beside saving. */
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <form
      aria-label={label}
      className={styles.form}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      {refused ? (
        <Notice tone="bad" role="alert">
          {refused}
        </Notice>
      ) : null}
      <div className={styles.actions}>
        <Button type="submit" look="primary" disabled={saving.isPending}>
          {save}
        </Button>
        {saving.isSuccess ? (
          <span role="status" className="good">
            Saved.
          </span>
        ) : null}
        {actions}
      </div>
    </form>
  );
}

/** Fields that belong together, side by side. */
export function FieldRow({ children }: { children: ReactNode }) {
  return <div className={styles.row}>{children}</div>;
}

export function Field({
  label,
  hint,
  wide = false,
  children,
}: {
  label: string;
  hint?: ReactNode;
  wide?: boolean;
  /** One input, select or textarea. */
  children: ReactNode;
}) {
  return (
    <div className={`${styles.field} ${wide ? styles.wide : ""}`}>
      <label>
        <span>{label}</span>
        {children}
      </label>
      {hint ? <span className={styles.hint}>{hint}</span> : null}
    </div>
  );
}

export function Tick({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className={styles.tick}>
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

/** Several fields under one heading. */
export function FieldGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className={styles.group}>
      <legend>{label}</legend>
      {children}
    </fieldset>
  );
}
