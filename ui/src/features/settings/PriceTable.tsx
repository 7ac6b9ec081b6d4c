/** Prices, each with what can be done with it. */
import type { ReactNode } from "react";
import type { BundledPrice, Price } from "../../api/types";
import { formatDate } from "../../grammar/format";
import { Unknown } from "../../ui/Unknown";
import styles from "./SettingsPage.module.css";

/** An own price has a date, one of the list a name for people. */
type Row = BundledPrice | Price;

/** Two decimals at least, so that a column can be read down; "0.125" keeps its three. */
function cents(usd: string): string;
function cents(usd: string | null | undefined): string | undefined;
function cents(usd: string | null | undefined) {
  return usd?.replace(/^\d+$/, "$&.00").replace(/\.\d$/, "$&0");
}

export function PriceTable<R extends Row>({
  label,
  rows,
  actions,
  action,
}: {
  label: string;
  rows: R[];
  /** What the last column holds, for those who hear the table. */
  actions: string;
  action: (row: R) => ReactNode;
}) {
  const dated = rows.some((row) => "valid_from" in row);
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">model</th>
            <th scope="col">provider</th>
            {dated ? <th scope="col">from</th> : null}
            <th scope="col" className={styles.right}>
              input, $ per million
            </th>
            <th scope="col" className={styles.right}>
              output
            </th>
            <th scope="col" className={styles.right}>
              cache read
            </th>
            <th scope="col" className={styles.right}>
              cache write
            </th>
            <th scope="col">
              <span className="visually-hidden">{actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.provider}/${row.model}@${"valid_from" in row ? row.valid_from : ""}`}>
              <td
                className={`${styles.model} mono`}
                title={"name" in row ? (row.name ?? undefined) : undefined}
              >
                <bdi>{row.model}</bdi>
              </td>
              <td>{row.provider || <span className="faint">any</span>}</td>
              {"valid_from" in row ? <td>{formatDate(row.valid_from)}</td> : null}
              <td className={styles.right}>{cents(row.input_per_million_usd)}</td>
              <td className={styles.right}>{cents(row.output_per_million_usd)}</td>
              <td className={styles.right}>
                {cents(row.cache_read_per_million_usd) ?? <Unknown reason="as input" />}
              </td>
              <td className={styles.right}>
                {cents(row.cache_write_per_million_usd) ?? <Unknown reason="as input" />}
              </td>
              <td className={styles.right}>{action(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
