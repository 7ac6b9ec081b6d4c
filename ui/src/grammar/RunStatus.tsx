/** How a run ended, or that it has not; and apart from that whether it did its job. */
import { Pill, type Tone } from "../ui/Pill";
import styles from "./RunStatus.module.css";

const MARKS: Record<string, { path: string; tone: string; word: string }> = {
  running: { path: "", tone: "running", word: "running" },
  success: { path: "M2.5 6.3l2.3 2.4 4.7-5.2", tone: "good", word: "success" },
  failed: { path: "M3 3l6 6M9 3l-6 6", tone: "bad", word: "failed" },
  timeout: {
    path: "M6 2.5V6l2.3 1.6M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1z",
    tone: "bad",
    word: "timeout",
  },
  cancelled: { path: "M2.5 6h7", tone: "faint", word: "cancelled" },
};

export function RunStatus({ status, iconOnly = false }: { status: string; iconOnly?: boolean }) {
  const mark = MARKS[status] ?? { path: "M2.5 6h7", tone: "faint", word: status };
  return (
    <span className={`${styles.status} ${styles[mark.tone]}`} title={mark.word}>
      {status === "running" ? (
        <i className={styles.pulse} aria-hidden="true" />
      ) : (
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path
            d={mark.path}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
      )}
      <span className={iconOnly ? "visually-hidden" : styles.word}>{mark.word}</span>
    </span>
  );
}

/** The run's own verdict, if there is one. */
export function Outcome({ success, outcome }: { success: boolean | null; outcome: string | null }) {
  if (success === null && outcome === null) return null;
  const tone: Tone = success === false ? "bad" : success === true ? "good" : "plain";
  const word = outcome ?? (success ? "job done" : "job not done");
  return (
    <Pill
      foreign
      tone={tone}
      title={`outcome: ${outcome ?? "not named"} · success: ${success ?? "not said"}`}
    >
      {word}
    </Pill>
  );
}
