/** The line on top of a page: where one is, what follows by itself, and what the page can be asked. */
import type { ReactNode } from "react";
import styles from "./PageHead.module.css";

export function PageHead({
  crumb,
  aside,
  children,
}: {
  crumb: ReactNode;
  aside?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles.head}>
      <span className={styles.crumb}>{crumb}</span>
      {aside}
      <div className={styles.controls}>{children}</div>
    </div>
  );
}
