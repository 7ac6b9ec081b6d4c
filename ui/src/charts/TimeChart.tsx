/**
 * A figure over time: bars of counts and sums, a line of rates and lengths. The axis begins at zero,
 * a stretch without data is a gap in a line, and what is not over is drawn as such. Each mark leads
 * to the runs behind it. One stop of the tab key; the arrows go from mark to mark.
 */
import { scaleLinear, scaleTime } from "@visx/scale";
import { LinePath } from "@visx/shape";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useWidth } from "../ui/useWidth";
import { Axes, BOTTOM, LEFT, RIGHT, TOP } from "./Axes";
import { useTimeCursor } from "./cursor";
import styles from "./TimeChart.module.css";
import { stretchWords, type Frame, type Stretch } from "./timeBars";

export interface Mark {
  /** Null is a gap: nothing is known of this stretch. */
  value: number | null;
  /** The part of `value` drawn in red at the foot of a bar. */
  bad?: number;
  /** After the time: "12 runs, 3 failed". */
  words: string;
}

export interface TimeChartProps<T> {
  /** What is drawn, for those who do not see it. */
  label: string;
  kind: "bars" | "line";
  frame: Frame;
  stretches: Stretch<T>[];
  mark: (bucket: T | null) => Mark;
  format: (value: number) => string;
  wholeNumbers?: boolean;
  /** What is said where no stretch has a value: why, and what to do. */
  nothing?: ReactNode;
  /** The highest that the figure can be, such as 1 of a share. */
  top?: number;
  /** The list of runs behind a mark, without its times. */
  runs: { [param: string]: string };
  height?: number;
}

export function TimeChart<T>(props: TimeChartProps<T>) {
  const { label, kind, frame, stretches, format, runs, height = 190 } = props;
  const figure = useRef<HTMLElement>(null);
  const width = useWidth(figure);
  const cursor = useTimeCursor();
  const [chosen, setChosen] = useState(stretches.length - 1);
  const marks = stretches.map((stretch) => ({ ...stretch, ...props.mark(stretch.bucket) }));
  const first = stretches[0];
  const last = stretches.at(-1);
  if (!first || !last) return null;

  const most = props.top ?? Math.max(0, ...marks.map(({ value }) => value ?? 0));
  const x = scaleTime({
    domain: [first.startMs, last.endMs],
    range: [LEFT, Math.max(LEFT + 1, width - RIGHT)],
  });
  const y = scaleLinear({ domain: [0, most || 1], range: [height - BOTTOM, TOP] }).nice(3);
  const lines = y.ticks(3).filter((tick) => !props.wholeNumbers || Number.isInteger(tick));
  const pointed =
    cursor.atMs === null
      ? -1
      : marks.findIndex(({ startMs, endMs }) => cursor.atMs! >= startMs && cursor.atMs! < endMs);
  const read = marks[pointed];

  function pressed(event: KeyboardEvent) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const links = [
      ...(event.currentTarget.closest("svg")?.querySelectorAll<SVGAElement>("a") ?? []),
    ];
    const at = links.findIndex((link) => link === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  const focusable = marks[chosen]?.bucket
    ? chosen
    : marks.findLastIndex(({ bucket }) => bucket !== null);
  const middle = (mark: { startMs: number; endMs: number }) => x((mark.startMs + mark.endMs) / 2);
  return (
    <figure className={styles.chart} ref={figure}>
      <figcaption className={styles.reading} aria-hidden="true">
        {read ? `${stretchWords(read, frame)}: ${read.words}` : "\u00a0"}
      </figcaption>
      {marks.every(({ value }) => value === null) ? (
        <div className={styles.nothing} style={{ height }}>
          {props.nothing ?? "Nothing is known of this range."}
        </div>
      ) : width === 0 ? (
        <div style={{ height }} />
      ) : (
        <svg width={width} height={height} role="group" aria-label={label}>
          <Axes
            x={x}
            y={y}
            width={width}
            height={height}
            lines={lines}
            number={format}
            moment={(at) => tickWords(at, frame)}
          />
          {read ? (
            <line
              x1={middle(read)}
              x2={middle(read)}
              y1={TOP}
              y2={height - BOTTOM}
              className={styles.cursor}
            />
          ) : null}
          {kind === "line" ? (
            <LinePath
              data={marks}
              defined={({ value }) => value !== null}
              x={middle}
              y={({ value }) => y(value ?? 0)}
              className={styles.line ?? ""}
            />
          ) : null}
          {marks.map((mark, at) => {
            const left = x(mark.startMs);
            const barWidth = Math.max(
              1,
              x(mark.endMs) - left - Math.min(2, (x(mark.endMs) - left) * 0.2),
            );
            const shape = (
              <>
                <rect
                  x={left}
                  y={TOP}
                  width={x(mark.endMs) - left}
                  height={height - BOTTOM - TOP}
                  fill="transparent"
                />
                {kind === "bars" ? (
                  <>
                    <Bar
                      left={left}
                      width={barWidth}
                      from={y(0)}
                      to={y(mark.value ?? 0)}
                      className={mark.partial ? styles.partialBar : styles.bar}
                    />
                    <Bar
                      left={left}
                      width={barWidth}
                      from={y(0)}
                      to={y(mark.bad ?? 0)}
                      className={mark.partial ? styles.partialBad : styles.badBar}
                    />
                  </>
                ) : mark.value === null ? null : (
                  <circle
                    cx={middle(mark)}
                    cy={y(mark.value)}
                    r={marks.length > 60 ? 1.8 : 2.6}
                    className={mark.partial ? styles.partialDot : styles.dot}
                  />
                )}
              </>
            );
            const follow = {
              onPointerEnter: () => cursor.setAtMs(mark.startMs),
              onPointerLeave: () => cursor.setAtMs(null),
              onFocus: () => {
                setChosen(at);
                cursor.setAtMs(mark.startMs);
              },
              onBlur: () => cursor.setAtMs(null),
            };
            if (mark.bucket === null)
              return (
                <g key={mark.startMs} {...follow}>
                  {shape}
                </g>
              );
            return (
              <Link
                key={mark.startMs}
                to="/runs"
                search={{
                  ...runs,
                  since: new Date(Math.max(mark.startMs, frame.sinceMs)).toISOString(),
                  until: new Date(Math.min(mark.endMs, frame.untilMs)).toISOString(),
                }}
                preload={false}
                tabIndex={at === focusable ? 0 : -1}
                aria-label={`${stretchWords(mark, frame)}: ${mark.words}`}
                className={styles.mark}
                onKeyDown={pressed}
                {...follow}
              >
                {shape}
              </Link>
            );
          })}
        </svg>
      )}
    </figure>
  );
}

function Bar({
  left,
  width,
  from,
  to,
  className,
}: {
  left: number;
  width: number;
  from: number;
  to: number;
  className: string | undefined;
}) {
  if (to >= from) return null;
  // Something is never drawn as nothing.
  const height = Math.max(1.5, from - to);
  return <rect x={left} y={from - height} width={width} height={height} className={className} />;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The hour; at midnight, or where a tick is a day or more, the date. */
function tickWords(at: Date, { sinceMs, untilMs }: Frame): string {
  const long = untilMs - sinceMs > 4 * 86_400_000;
  const midnight = at.getHours() === 0 && at.getMinutes() === 0;
  if (long || midnight) return `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}
