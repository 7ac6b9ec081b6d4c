/** When a rule would have fired, drawn over the days it was tried on, and each time in words. */
import { scaleTime } from "@visx/scale";
import { useRef } from "react";
import { formatClock, formatCount, formatDuration, oneLine, plural } from "../../grammar/format";
import { moment } from "../../grammar/range";
import { useNow } from "../../ui/useNow";
import { useWidth } from "../../ui/useWidth";
import styles from "./Alerts.module.css";
import { stretchesOf } from "./trial";
import type { Trial } from "./useAlerts";

const HEIGHT = 34;
const SHOWN = 8;

export function TrialView({ trial }: { trial: Trial }) {
  const now = useNow();
  const firings = stretchesOf(trial.notices, trial.untilMs);
  const figure = useRef<HTMLDivElement>(null);
  const width = useWidth(figure);
  const x = scaleTime({ domain: [trial.sinceMs, trial.untilMs], range: [0, width] });
  const days = x.ticks(width < 500 ? 4 : 7);
  const words =
    firings.length === 0
      ? `It would not have fired: ${plural(trial.runs, "run")} looked at.`
      : `It would have fired ${firings.length === 1 ? "once" : `${formatCount(firings.length)} times`}: ${plural(trial.runs, "run")} looked at.`;
  return (
    <div className={styles.trial} ref={figure}>
      <p className={firings.length > 0 ? "bad" : "good"}>{words}</p>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`From ${moment(trial.sinceMs)} to ${moment(trial.untilMs)}. ${words}`}
      >
        <rect width={width} height="16" className={styles.quiet} />
        {firings.map(({ fromMs, toMs, what }) => (
          <rect
            key={fromMs}
            x={x(fromMs)}
            // A moment is never drawn as nothing.
            width={Math.max(2, x(toMs) - x(fromMs))}
            height="16"
            className={styles.firing}
          >
            <title>{`${formatClock(new Date(fromMs).toISOString(), now)}: ${what}`}</title>
          </rect>
        ))}
        {days.map((day) => (
          <g key={day.getTime()}>
            <line x1={x(day)} x2={x(day)} y1="16" y2="20" className={styles.tick} />
            <text x={x(day)} y="31" textAnchor="middle" className={styles.day}>
              {moment(day.getTime()).replace(/ 00:00$/, "")}
            </text>
          </g>
        ))}
      </svg>
      {firings.length > 0 ? (
        <ol className={styles.firings}>
          {firings
            .toReversed()
            .slice(0, SHOWN)
            .map(({ fromMs, toMs, over, what }) => (
              <li key={fromMs}>
                <span>{formatClock(new Date(fromMs).toISOString(), now)}</span>
                <span className="dim">
                  {over ? `for ${formatDuration(toMs - fromMs)}` : "and still"}
                </span>
                <span>{oneLine(what, 200)}</span>
              </li>
            ))}
        </ol>
      ) : null}
      {firings.length > SHOWN ? (
        <p className="dim">{`${formatCount(firings.length - SHOWN)} more before.`}</p>
      ) : null}
    </div>
  );
}
