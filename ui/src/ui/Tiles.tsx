/** A row of figures, each with its name and what it is to be measured by. */
import type { ReactNode } from "react";
import styles from "./Tiles.module.css";

export interface Tile {
  name: string;
  value: ReactNode;
  note?: ReactNode;
}

export function Tiles({ label, tiles }: { label: string; tiles: Tile[] }) {
  return (
    <dl className={styles.tiles} aria-label={label}>
      {tiles.map(({ name, value, note }) => (
        <div key={name} className={styles.tile}>
          <dt>{name}</dt>
          <dd className={styles.value}>{value}</dd>
          <dd className={styles.note}>{note}</dd>
        </div>
      ))}
    </dl>
  );
}
