/** What went into a span and what came out. */
import { Link } from "@tanstack/react-router";
import type { Run, SpanDetail } from "../../api/types";
import { RichValue } from "./RichValue";
import styles from "./Values.module.css";

export function Values({ detail, run }: { detail: SpanDetail; run: Run }) {
  const tool = detail.kind === "tool";
  const sides = [
    { label: tool ? "arguments" : "input", value: detail.input },
    { label: tool ? "result" : "output", value: detail.output },
    { label: "documents", value: detail.documents.length > 0 ? detail.documents : null },
  ].filter(({ value }) => value !== null && value !== undefined);
  if (sides.length === 0 && (run.input_preview ?? run.output_preview) && run.model_calls > 0) {
    return (
      <p className={styles.none}>
        Neither input nor output of this span was recorded. What others said is in the{" "}
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          search={{ view: "talk" }}
          className="link"
        >
          conversation of the run
        </Link>
        .
      </p>
    );
  }
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
