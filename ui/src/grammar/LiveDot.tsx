import { useLiveState } from "../api/stream";
import styles from "./LiveDot.module.css";

const WORDS = {
  live: "live",
  connecting: "connecting",
  offline: "not connected, trying again",
};

/** Whether what is shown follows what happens. */
export function LiveDot({ paused = false }: { paused?: boolean }) {
  const state = useLiveState();
  return (
    <span className={styles.live} role="status">
      <i data-state={paused ? "paused" : state} />
      {paused ? "paused" : WORDS[state]}
    </span>
  );
}
