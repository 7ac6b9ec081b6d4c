import { CopyButton } from "./Copy";
import styles from "./CodeBlock.module.css";

/** Lines to copy. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <span>{label}</span>
        <CopyButton text={() => code} label="Copy" />
      </figcaption>
      {/* Scrolls sideways, so the keyboard must be able to reach it. */}
      <pre tabIndex={0} aria-label={label}>
        {code}
      </pre>
    </figure>
  );
}
