/** Numbers at moments, as a line from one to the next, with gaps where it is told to: what a free question answered. From zero. */
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

export function PointsOverTime({
  label,
  line,
}: {
  label: string;
  /** In order of time; null is a gap. */
  line: (Point | null)[];
}) {
  const points = line.filter((point) => point !== null);
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
            data={line}
            defined={(point) => point !== null}
            x={(point) => x(point?.ms ?? 0)}
            y={(point) => y(point?.value ?? 0)}
            className={styles.line ?? ""}
          />
          {line.map((point, at) => {
            // Between two gaps there is no line.
            const isAlone = !line[at - 1] && !line[at + 1];
            return point && (isAlone || points.length <= DOTS_MAX) ? (
              <circle key={at} cx={x(point.ms)} cy={y(point.value)} r="2.6" className={styles.dot}>
                <title>{`${moment(point.ms)}: ${point.value}`}</title>
              </circle>
            ) : null;
          })}
        </svg>
      )}
    </figure>
  );
}
