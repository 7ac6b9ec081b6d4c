import type { ReactNode } from "react";
import styles from "./Pill.module.css";

export type Tone = "plain" | "good" | "bad" | "warn" | "accent";

export function Pill({
  tone = "plain",
  title,
  children,
}: {
  tone?: Tone;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span className={`${styles.pill} ${styles[tone]}`} title={title}>
      <span className={styles.word}>{children}</span>
    </span>
  );
}
