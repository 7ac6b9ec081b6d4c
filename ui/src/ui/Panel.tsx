/** One of a page's parts: a heading, and what is shown of it. */
import { useId, type ReactNode } from "react";
import styles from "./Panel.module.css";

export function Panel({
  title,
  note,
  className = "",
  children,
}: {
  title: ReactNode;
  /** Beside the heading. */
  note?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={`${styles.panel} ${className}`} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <div className={styles.note}>{note}</div>}
      </header>
      {children}
    </section>
  );
}

/** Panels side by side where there is room. */
export function Panels({
  children,
  columns = "even",
}: {
  children: ReactNode;
  columns?: "even" | "wide-first" | "three";
}) {
  return <div className={`${styles.panels} ${styles[columns]}`}>{children}</div>;
}
