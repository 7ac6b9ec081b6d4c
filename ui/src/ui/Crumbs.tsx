/** Where a page of one thing is: below its list, by its name. */
import type { ReactNode } from "react";
import styles from "./Crumbs.module.css";

export function Crumbs({ parent, children }: { parent: ReactNode; children: ReactNode }) {
  return (
    <nav aria-label="Where this is" className={styles.crumbs}>
      {parent}
      <i>/</i>
      <b>{children}</b>
    </nav>
  );
}
