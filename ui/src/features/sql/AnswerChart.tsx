/** The answer drawn: a line over time, or bars of groups. */
import { useState } from "react";
import { formatCount } from "../../grammar/format";
import { Choice } from "../../ui/Choice";
import { RankList } from "../../ui/RankList";
import { PointsOverTime } from "../../charts/PointsOverTime";
import { numberColumns, plotOf, timePoints, withGaps } from "./plot";
import type { Answer } from "./SqlPage";
import styles from "./SqlPage.module.css";

const GROUPS_SHOWN = 40;

export function AnswerChart({ answer: { columns, rows } }: { answer: Answer }) {
  const [chosen, setChosen] = useState<string | undefined>();
  const plot = plotOf(columns, chosen);
  if (!plot || rows.length === 0) {
    return (
      <p className={`dim ${styles.chart}`}>
        A chart needs a row, a column of times or texts, and a column of numbers.
      </p>
    );
  }
  const name = columns[plot.up]?.name ?? "";
  const along = columns[plot.along]?.name ?? "";
  const numbers = numberColumns(columns, plot.along);
  const groups = rows.flatMap((row) => {
    const value = row[plot.up];
    return typeof value === "number" ? [{ key: String(row[plot.along] ?? "null"), value }] : [];
  });
  const most = Math.max(0, ...groups.map(({ value }) => value));
  return (
    <div className={styles.chart}>
      {numbers.length > 1 ? (
        <div className={styles.chartBar}>
          <Choice
            label="Draw"
            value={name}
            options={numbers.map((value) => ({ value, label: value }))}
            onChange={setChosen}
          />
        </div>
      ) : null}
      {plot.kind === "time" ? (
        <PointsOverTime label={`${name} by ${along}`} line={withGaps(timePoints(rows, plot))} />
      ) : (
        <>
          <RankList
            label={`${name} by ${along}`}
            headers={[along, "", name]}
            rows={groups.slice(0, GROUPS_SHOWN).map(({ key, value }, at) => ({
              id: `${at} ${key}`,
              name: <bdi title={key}>{key}</bdi>,
              share: most > 0 ? Math.max(0, value) / most : 0,
              figures: [
                Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(6))),
              ],
            }))}
          />
          {groups.length > GROUPS_SHOWN ? (
            <p className="faint">{`the first ${GROUPS_SHOWN} of ${formatCount(groups.length)} rows`}</p>
          ) : null}
        </>
      )}
    </div>
  );
}
