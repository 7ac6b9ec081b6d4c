import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { formatCount, oneLine } from "../../grammar/format";
import type { Answer } from "./SqlPage";
import styles from "./SqlPage.module.css";

const SHOWN = 200;
const TEXT_MAX = 300;

/** The answer as it is; ids of runs lead to them. */
export function AnswerTable({ answer }: { answer: Answer }) {
  const [all, setAll] = useState(false);
  const { columns, rows } = answer;
  if (rows.length === 0) return <p className={`dim ${styles.chart}`}>No row answers this.</p>;
  return (
    <>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Rows">
        <table className={styles.table} aria-label="Answer">
          <thead>
            <tr>
              {columns.map(({ name, type }, at) => (
                <th
                  key={at}
                  scope="col"
                  title={type}
                  className={isNumber(type) ? styles.right : ""}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? rows : rows.slice(0, SHOWN)).map((row, at) => (
              <tr key={at}>
                {columns.map(({ type }, column) => (
                  <td key={column} className={isNumber(type) ? styles.right : ""}>
                    <Cell value={row[column]} column={columns[column]?.name ?? ""} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all || rows.length <= SHOWN ? null : (
        <p className={styles.more}>
          <button type="button" className="link" onClick={() => setAll(true)}>
            {`show all ${formatCount(rows.length)} rows`}
          </button>
        </p>
      )}
    </>
  );
}

const isNumber = (type: string) => type === "integer" || type === "number";

/** Columns that name a run, unless the query says otherwise of its own. */
const RUN_COLUMNS = ["id", "run_id", "root_run_id", "parent_run_id", "duplicate_of_run"];

function Cell({ value, column }: { value: unknown; column: string }) {
  if (value === null || value === undefined) return <span className="faint">null</span>;
  if (typeof value === "number") return <>{formatNumber(value)}</>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (RUN_COLUMNS.includes(column) && /^[0-9a-f]{32}$/.test(text)) {
    return (
      <Link to="/runs/$runId" params={{ runId: text }} className="link mono">
        {text}
      </Link>
    );
  }
  return <span title={text.slice(0, 2000)}>{oneLine(text, TEXT_MAX)}</span>;
}

const numbers = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6, useGrouping: false });

/** Whole numbers as they are; of others six figures, the rest is of no use to the eye. */
function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : numbers.format(value);
}
