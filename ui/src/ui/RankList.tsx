/** Things by how much, each with a bar of its share: a table of few columns. */
import { useState, type ReactNode } from "react";
import { grouped } from "./grouped";
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
  minor = [],
  first = Infinity,
  of = "",
}: {
  label: string;
  /** Of the name, the bar (may be empty) and the figures. */
  headers: string[];
  rows: Ranked[];
  /** Headers of figures that a narrow screen can do without. */
  minor?: string[];
  /** How many are shown until all are asked for. */
  first?: number;
  /** What there are more of, said after their count. */
  of?: string;
}) {
  const [all, setAll] = useState(false);
  const [name, bar, ...figures] = headers;
  const look = (header: string | undefined) =>
    header !== undefined && minor.includes(header)
      ? `${styles.right} ${styles.minor}`
      : styles.right;
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
              <th key={header} scope="col" className={look(header)}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(all ? rows : rows.slice(0, first)).map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.name}</th>
              <td className={styles.barCell}>
                {row.drawing}
                {row.share === null ? null : (
                  <span className={styles.track} aria-hidden="true">
                    <i style={{ width: `${Math.min(1, row.share) * 100}%` }} />
                  </span>
                )}
              </td>
              {row.figures.map((figure, at) => (
                <td key={figures[at]} className={look(figures[at])}>
                  {figure}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {all || rows.length <= first ? null : (
        <button type="button" className={`link ${styles.more}`} onClick={() => setAll(true)}>
          {`show all ${grouped(String(rows.length))} ${of}`.trim()}
        </button>
      )}
    </div>
  );
}
