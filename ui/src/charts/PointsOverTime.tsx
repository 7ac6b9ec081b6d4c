/** Numbers at moments, as a line from one to the next: what a free question answered. From zero. */
import { scaleLinear, scaleTime } from "@visx/scale";
import { LinePath } from "@visx/shape";
import { useRef } from "react";
import { formatCompact } from "../grammar/format";
import { moment } from "../grammar/range";
import { useWidth } from "../ui/useWidth";
import { Axes, BOTTOM, LEFT, RIGHT, TOP } from "./Axes";
import styles from "./TimeChart.module.css";

const HEIGHT = 240;
/** More dots than these would be a band. */
const DOTS_MAX = 200;

interface Point {
  ms: number;
  value: number;
}

export function PointsOverTime({ label, points }: { label: string; points: Point[] }) {
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return <p className="dim">No row has both a time and a number.</p>;
  const values = points.map(({ value }) => value);
  const x = scaleTime({
    domain: [first.ms, Math.max(last.ms, first.ms + 1)],
    range: [LEFT, Math.max(LEFT + 1, width - RIGHT)],
  });
  const y = scaleLinear({
    domain: [Math.min(0, ...values), Math.max(0, ...values) || 1],
    range: [HEIGHT - BOTTOM, TOP],
  }).nice(4);
  const lines = y.ticks(4);
  return (
    <figure className={styles.chart} ref={figure}>
      {width === 0 ? (
        <div style={{ height: HEIGHT }} />
      ) : (
        <svg width={width} height={HEIGHT} role="img" aria-label={label}>
          <Axes
            x={x}
            y={y}
            width={width}
            height={HEIGHT}
            lines={lines}
            number={formatCompact}
            moment={(at) => moment(at.getTime()).replace(" 00:00", "")}
          />
          <LinePath
            data={points}
            x={({ ms }) => x(ms)}
            y={({ value }) => y(value)}
            className={styles.line ?? ""}
          />
          {points.length > DOTS_MAX
            ? null
            : points.map(({ ms, value }, at) => (
                <circle key={at} cx={x(ms)} cy={y(value)} r="2.6" className={styles.dot}>
                  <title>{`${moment(ms)}: ${value}`}</title>
                </circle>
              ))}
        </svg>
      )}
    </figure>
  );
}
