/** What a page shows instead of data: that it is on its way, that it failed, that there is none. */
import type { ReactNode } from "react";
import { Button } from "./Button";
import { Sentence } from "./Sentence";
import styles from "./States.module.css";

/** Grey bars after a moment, so that a fast answer shows none. */
export function Loading({ label, rows = 8 }: { label: string; rows?: number }) {
  return (
    <div className={styles.loading} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, at) => (
        <i key={at} style={{ width: `${88 - ((at * 29) % 47)}%` }} />
      ))}
    </div>
  );
}

export function Problem({
  title,
  children,
  onRetry,
}: {
  title: string;
  children?: ReactNode;
  onRetry?: (() => void) | undefined;
}) {
  return (
    <div className={styles.problem} role="alert">
      <Sentence words={[{ text: title }]} />
      <div className="dim">{children}</div>
      {onRetry ? (
        <Button
          onClick={() => {
            // The button goes while it is tried; the focus stays in the page.
            document.getElementById("main")?.focus({ preventScroll: true });
            onRetry();
          }}
        >
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** In the place of a page's figures: there are none, and where to look for some. */
export function Nothing({ children }: { children: ReactNode }) {
  return <div className={styles.nothing}>{children}</div>;
}

/** Within a page: one line that something is not there, and what to do. */
export function Notice({
  children,
  tone = "plain",
  role,
}: {
  children: ReactNode;
  tone?: "plain" | "bad" | "warn";
  /** Of what comes while one looks, for who does not see it come. */
  role?: "alert" | "status";
}) {
  return (
    <div role={role} className={`${styles.notice} ${styles[tone]}`}>
      {children}
    </div>
  );
}
