/** Things by how much, each with a bar of its share: a table of few columns. */
import type { ReactNode } from "react";
import styles from "./RankList.module.css";

export interface Ranked {
  id: string;
  name: ReactNode;
  /** 0..1 of the bar; null draws none. */
  share: number | null;
  /** Instead of a bar. */
  drawing?: ReactNode;
  figures: ReactNode[];
}

export function RankList({
  label,
  headers,
  rows,
  tone = "plain",
}: {
  label: string;
  /** Of the name, the bar (may be empty) and the figures. */
  headers: string[];
  rows: Ranked[];
  tone?: "plain" | "bad";
}) {
  const [name, bar, ...figures] = headers;
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col" className={styles.barHead}>
              {bar || <span className="visually-hidden">share</span>}
            </th>
            {figures.map((header) => (
              <th key={header} scope="col" className={styles.right}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.name}</th>
              <td className={styles.barCell}>
                {row.drawing}
                {row.share === null ? null : (
                  <span className={styles.track} aria-hidden="true">
                    <i
                      className={tone === "bad" ? styles.bad : styles.plain}
                      style={{ width: `${Math.min(1, row.share) * 100}%` }}
                    />
                  </span>
                )}
              </td>
              {row.figures.map((figure, at) => (
                <td key={figures[at]} className={styles.right}>
                  {figure}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
