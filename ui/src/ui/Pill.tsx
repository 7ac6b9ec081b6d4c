import type { ReactNode } from "react";
import styles from "./Pill.module.css";

export type Tone = "plain" | "good" | "bad" | "warn" | "accent";

export function Pill({
  tone = "plain",
  title,
  foreign = false,
  children,
}: {
  tone?: Tone;
  title?: string | undefined;
  /** The word is not one of ours: it may be long. */
  foreign?: boolean;
  children: ReactNode;
}) {
  return (
    <span
      className={`${styles.pill} ${styles[tone]} ${foreign ? styles.foreign : ""}`}
      title={title}
    >
      <span className={styles.word}>{children}</span>
    </span>
  );
}
