/** Which dialect and which of its keys filled each field, so that a wrong figure can be traced. */
import type { SpanDetail } from "../../api/types";
import { oneLine } from "../../grammar/format";
import { DottedName } from "../../ui/DottedName";
import styles from "./Explain.module.css";

export function Explain({ detail }: { detail: SpanDetail }) {
  const fields = Object.entries(detail.filled_by).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (fields.length === 0) {
    return (
      <p className={styles.none}>
        No dialect recognized anything here; the attributes are kept as they came.
      </p>
    );
  }
  return (
    <>
      {detail.warnings.length > 0 ? (
        <ul className={styles.warnings} aria-label="Oddities">
          {detail.warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      ) : null}
      {detail.price ? <p className={styles.none}>Priced by {detail.price}.</p> : null}
      <table className={styles.explain}>
        <thead>
          <tr>
            <th scope="col">field</th>
            <th scope="col">value</th>
            <th scope="col">from</th>
            <th scope="col">dialect</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(([field, { dialect, key }]) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td className={styles.value}>{valueOf(detail, field)}</td>
              <td className="mono">
                <DottedName name={key} />
              </td>
              <td className={`${styles.dialect} dim`}>{dialect}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Where a field of the normalizer is called otherwise in the span. */
const NAMES: Record<string, string> = { usage: "tokens", failure: "error" };

/** `usage.input` is the `input` of `tokens`. What is long or nested has a tab of its own. */
function valueOf(detail: SpanDetail, field: string): string {
  let value: unknown = detail;
  for (const name of field.split(".")) {
    if (typeof value !== "object" || value === null) return "";
    value = (value as Record<string, unknown>)[NAMES[name] ?? name];
  }
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return `${value.length} items`;
  return typeof value === "object" ? "" : oneLine(String(value), 60);
}
