/** Which way the run is looked at, and beside it what that way can be narrowed by. */
import type { ReactNode } from "react";
import { VIEWS, type View } from "./search";
import styles from "./ViewBar.module.css";

export function ViewBar({
  view,
  onView,
  children,
}: {
  view: View;
  onView: (view: View) => void;
  children?: ReactNode;
}) {
  return (
    <div className={styles.bar}>
      <div role="group" aria-label="View" className={styles.views}>
        {VIEWS.map(({ id, label }) => (
          <button key={id} type="button" aria-pressed={id === view} onClick={() => onView(id)}>
            {label}
          </button>
        ))}
      </div>
      <div className={styles.tools}>{children}</div>
    </div>
  );
}
