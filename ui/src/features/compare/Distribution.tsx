/** Two distributions in the same bins, A above the line and B below: shapes that can be compared. */
import { Link } from "@tanstack/react-router";
import { AxisBottom, AxisLeft } from "@visx/axis";
import { scaleLinear } from "@visx/scale";
import { useRef, useState } from "react";
import chart from "../../charts/TimeChart.module.css";
import { formatCount, formatShare, rounded } from "../../grammar/format";
import { useWidth } from "../../ui/useWidth";
import type { RunsSearch } from "../runs/search";
import styles from "./Distribution.module.css";
import { histogram } from "./histogram";

interface Values {
  name: string;
  values: number[];
  /** The list of these runs. */
  of: RunsSearch;
}

const HEIGHT = 190;
const LEFT = 44;
/** Half of the last number on the axis. */
const RIGHT = 24;
const AXIS = 22;

export function Distribution({
  a,
  b,
  format,
  between,
  label,
}: {
  a: Values;
  b: Values;
  format: (value: number) => string;
  /** What narrows a list of runs to values from `low` to `high`; null is any above. */
  between: (low: number, high: number | null) => RunsSearch;
  label: string;
}) {
  const figure = useRef<HTMLElement>(null);
  const [read, setRead] = useState<string | null>(null);
  const width = useWidth(figure);
  const bins = histogram(a.values, b.values);
  if (!bins) return <p className="dim">No run of either side says.</p>;
  const top = bins.edges.at(-1) ?? 1;
  const x = scaleLinear({ domain: [0, top], range: [LEFT, Math.max(LEFT + 1, width - RIGHT)] });
  const half = (HEIGHT - AXIS) / 2;
  const most = Math.max(...bins.a, ...bins.b) || 1;
  // The same share is as far from the line on both sides.
  const y = scaleLinear({ domain: [-most, most], range: [HEIGHT - AXIS - 4, 4] });
  const words = (share: number, at: number, side: Values) =>
    `${side.name}, ${format(bins.edges[at] ?? 0)} to ${format(bins.edges[at + 1] ?? 0)}${
      bins.hasMore && at === bins.a.length - 1 ? " and more" : ""
    }: ${formatShare(share)} of ${formatCount(side.values.length)} runs`;
  const bars = (shares: number[], side: Values, up: boolean) =>
    shares.map((share, at) => {
      const from = x(bins.edges[at] ?? 0);
      const wide = Math.max(1, x(bins.edges[at + 1] ?? 0) - from - 1);
      const tall = share === 0 ? 0 : Math.max(1.5, (share / most) * (half - 4));
      const said = words(share, at, side);
      const shape = (
        <>
          <rect x={from} width={wide + 1} y={up ? 0 : half} height={half} fill="transparent" />
          <rect
            x={from}
            width={wide}
            y={up ? half - tall : half + 1}
            height={tall}
            className={up ? styles.a : styles.b}
          />
        </>
      );
      const last = bins.hasMore && at === shares.length - 1;
      const follow = {
        onPointerEnter: () => setRead(said),
        onPointerLeave: () => setRead(null),
        onFocus: () => setRead(said),
        onBlur: () => setRead(null),
      };
      if (share === 0) {
        return (
          <g key={at} {...follow}>
            {shape}
          </g>
        );
      }
      return (
        <Link
          key={at}
          to="/runs"
          search={{
            ...side.of,
            ...between(bins.edges[at] ?? 0, last ? null : (bins.edges[at + 1] ?? 0)),
          }}
          preload={false}
          aria-label={said}
          className={chart.mark}
          {...follow}
        >
          {shape}
        </Link>
      );
    });
  return (
    <figure className={chart.chart} ref={figure}>
      <p className={chart.reading} aria-hidden="true">
        {read ?? "\u00a0"}
      </p>
      {width === 0 ? (
        <div style={{ height: HEIGHT }} />
      ) : (
        <svg
          width={width}
          height={HEIGHT}
          role="group"
          aria-label={`${label}: ${a.name} above, ${b.name} below. ${summary(a, format)}; ${summary(b, format)}.`}
        >
          {bars(bins.a, a, true)}
          {bars(bins.b, b, false)}
          <line
            x1={LEFT}
            x2={width - RIGHT}
            y1={half + 0.5}
            y2={half + 0.5}
            className={chart.zero}
          />
          <AxisLeft
            scale={y}
            left={LEFT}
            tickValues={[-most, 0, most]}
            tickFormat={(tick) => formatShare(Math.abs(Number(tick)))}
            hideAxisLine
            hideTicks
            tickLabelProps={{ className: chart.tick ?? "", textAnchor: "end", dx: 2, dy: "0.32em" }}
          />
          <AxisBottom
            scale={x}
            top={HEIGHT - AXIS}
            numTicks={Math.max(2, Math.floor(width / 100))}
            hideAxisLine
            hideTicks
            tickFormat={(tick) => rounded(format(Number(tick)))}
            tickLabelProps={{ className: chart.tick ?? "", textAnchor: "middle", dy: "0.2em" }}
          />
        </svg>
      )}
      <figcaption className={styles.key}>
        <span>
          <i className={styles.keyA} /> A <bdi>{a.name}</bdi>
        </span>
        <span>
          <i className={styles.keyB} /> B <bdi>{b.name}</bdi>
        </span>
        {bins.hasMore ? <span>the last bar holds what lies beyond</span> : null}
      </figcaption>
    </figure>
  );
}

function summary({ name, values }: Values, format: (value: number) => string): string {
  const sorted = values.toSorted((x, y) => x - y);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median === undefined
    ? `${name} has no runs`
    : `${name} has its middle at ${format(median)}`;
}
