/** The axes that all charts over time share: lines across, numbers beside them, moments below. */
import { AxisBottom, AxisLeft } from "@visx/axis";
import type { scaleLinear, scaleTime } from "@visx/scale";
import styles from "./TimeChart.module.css";

/** What the axes leave free around the marks. */
export const LEFT = 58;
export const RIGHT = 6;
export const TOP = 6;
export const BOTTOM = 22;
/** Pixels that a moment's words need. */
const WORDS = 120;

export function Axes({
  x,
  y,
  width,
  height,
  lines,
  number,
  moment,
}: {
  x: ReturnType<typeof scaleTime<number>>;
  y: ReturnType<typeof scaleLinear<number>>;
  width: number;
  height: number;
  /** The values that have a line. */
  lines: number[];
  number: (value: number) => string;
  moment: (at: Date) => string;
}) {
  return (
    <g aria-hidden="true">
      {lines.map((line) => (
        <line
          key={line}
          x1={LEFT}
          x2={width - RIGHT}
          y1={y(line)}
          y2={y(line)}
          className={line === 0 ? styles.zero : styles.grid}
        />
      ))}
      <AxisLeft
        scale={y}
        left={LEFT}
        tickValues={lines}
        tickFormat={(tick) => number(Number(tick))}
        hideAxisLine
        hideTicks
        tickLabelProps={{
          className: styles.tick ?? "",
          textAnchor: "end",
          dx: 2,
          dy: "0.32em",
        }}
      />
      <AxisBottom
        scale={x}
        top={height - BOTTOM}
        numTicks={Math.max(2, Math.floor(width / WORDS))}
        hideAxisLine
        tickLength={4}
        tickClassName={styles.tickMark ?? ""}
        tickLabelProps={{ className: styles.tick ?? "", textAnchor: "middle", dy: "0.2em" }}
        tickFormat={(tick) => moment(tick instanceof Date ? tick : new Date(Number(tick)))}
      />
    </g>
  );
}
