/** What went into a span and what came out. */
import type { SpanDetail } from "../../api/types";
import { RichValue } from "./RichValue";
import styles from "./Values.module.css";

export function Values({ detail }: { detail: SpanDetail }) {
  const tool = detail.kind === "tool";
  const sides = [
    { label: tool ? "arguments" : "input", value: detail.input },
    { label: tool ? "result" : "output", value: detail.output },
    { label: "documents", value: detail.documents.length > 0 ? detail.documents : null },
  ].filter(({ value }) => value !== null && value !== undefined);
  if (sides.length === 0) {
    return (
      <p className={styles.none}>
        Neither input nor output was recorded. Some instrumentations send content only when told to:
        for OpenTelemetry&apos;s,{" "}
        <code>OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true</code>.
      </p>
    );
  }
  return (
    <div className={styles.values}>
      {sides.map(({ label, value }) => (
        <section key={label} className={styles.box} aria-label={label}>
          <h3>{label}</h3>
          <div>
            <RichValue value={value} markdown={!tool} />
          </div>
        </section>
      ))}
    </div>
  );
}
