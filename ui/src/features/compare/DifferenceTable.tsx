/** Each figure of both sides, the difference, its interval as a bar about zero, and what that says. */
import { formatCount } from "../../grammar/format";
import { Unknown } from "../../ui/Unknown";
import { verdict, type Interval } from "./difference";
import styles from "./DifferenceTable.module.css";

interface Measured {
  value: number | null;
  /** How many runs it is of. */
  runs: number;
}

export interface Figure {
  name: string;
  a: Measured;
  b: Measured;
  interval: Interval | null;
  format: (value: number) => string;
  /** Of a difference, where it is said in another unit than the figure. */
  formatDifference?: (value: number) => string;
  moreIsBetter: boolean;
  /** Why there is no interval. */
  unknown: string;
}

export function DifferenceTable({ a, b, figures }: { a: string; b: string; figures: Figure[] }) {
  return (
    <div className={styles.frame}>
      <table className={styles.table} aria-label="Differences">
        <thead>
          <tr>
            <th scope="col">figure</th>
            <th scope="col" className={styles.right}>
              A <bdi title={a}>{a}</bdi>
            </th>
            <th scope="col" className={styles.right}>
              B <bdi title={b}>{b}</bdi>
            </th>
            <th scope="col" className={styles.right}>
              difference
            </th>
            <th scope="col">95 % interval</th>
            <th scope="col">more than noise?</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <tr key={figure.name}>
              <th scope="row">{figure.name}</th>
              <Side measured={figure.a} format={figure.format} label="A" />
              <Side measured={figure.b} format={figure.format} label="B" />
              <td className={styles.right} data-label="difference">
                <Difference figure={figure} />
              </td>
              <td className={styles.interval} data-label="95 % interval">
                <IntervalBar figure={figure} />
              </td>
              <td data-label="more than noise?">
                <VerdictWords figure={figure} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Side({
  measured,
  format,
  label,
}: {
  measured: Measured;
  format: (value: number) => string;
  label: string;
}) {
  return (
    <td className={styles.right} data-label={label}>
      {measured.value === null ? (
        <b className={styles.value}>
          <Unknown reason="no run of this side says" />
        </b>
      ) : (
        <b className={styles.value}>{format(measured.value)}</b>
      )}
      <span className={styles.runs}>{formatCount(measured.runs)} runs</span>
    </td>
  );
}

const signed = (value: number, format: (value: number) => string) =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${format(Math.abs(value))}`;

function Difference({ figure }: { figure: Figure }) {
  const { a, b, format, formatDifference = format } = figure;
  if (a.value === null || b.value === null) return <Unknown reason="one side is not known" />;
  return <>{signed(b.value - a.value, formatDifference)}</>;
}

/** From the low to the high end, on a scale that has zero in its middle. */
function IntervalBar({ figure }: { figure: Figure }) {
  const { interval, format, formatDifference = format, name } = figure;
  if (interval === null) return null;
  const { low, high } = interval;
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const place = (value: number) => 50 + (value / reach) * 46;
  const words = `${signed(low, formatDifference)} to ${signed(high, formatDifference)}`;
  const outside = low > 0 || high < 0;
  return (
    <span className={styles.bar}>
      <svg
        viewBox="0 0 100 12"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${words}`}
      >
        <line
          x1="50"
          x2="50"
          y1="0"
          y2="12"
          className={styles.zero}
          vectorEffect="non-scaling-stroke"
        />
        <rect
          x={place(low)}
          width={Math.max(0.8, place(high) - place(low))}
          y="4"
          height="4"
          className={outside ? styles.sure : styles.unsure}
        />
      </svg>
      <span className={styles.ends}>{words}</span>
    </span>
  );
}

function VerdictWords({ figure }: { figure: Figure }) {
  const found = verdict(figure.interval);
  if (found === "unknown") return <span className="dim">Cannot tell: {figure.unknown}.</span>;
  if (found === "noise") return <span className="dim">It may be noise.</span>;
  const better = (found === "more") === figure.moreIsBetter;
  return (
    <span className={better ? "good" : "bad"}>
      {better ? "Yes, B is better." : "Yes, B is worse."}
    </span>
  );
}
