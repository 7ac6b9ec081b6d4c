/** How a rule stands, in a word, and what is said of all of them. Pure. */
import type { Alert } from "../../api/types";
import { formatClock, formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

export type AlertState = "firing" | "flapping" | "snoozed" | "paused" | "ok";

type Standing = Pick<Alert, "name" | "paused" | "snoozed_until" | "firing_since" | "flapping">;

export function alertState(alert: Omit<Standing, "name">, now: number): AlertState {
  if (alert.paused) return "paused";
  if (alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > now) return "snoozed";
  if (alert.firing_since !== null) return "firing";
  return alert.flapping ? "flapping" : "ok";
}

const clock = (iso: string, now: number) =>
  formatClock(iso, now).replace(/(\d\d:\d\d):\d\d$/, "$1");

export function alertsSentence(alerts: Standing[], now: number): Words[] {
  if (alerts.length === 0) return [{ text: "No rule watches yet." }];
  const by = (state: AlertState) => alerts.filter((alert) => alertState(alert, now) === state);
  const firing = by("firing").toSorted((a, b) =>
    (a.firing_since ?? "").localeCompare(b.firing_since ?? ""),
  );
  const [longest] = firing;
  const quiet = by("snoozed").length + by("paused").length;
  const off = quiet === 0 ? "" : ` ${formatCount(quiet)} snoozed or paused.`;
  if (!longest) {
    const watching = alerts.length - quiet;
    if (watching === 0) return [{ text: "Every rule is snoozed or paused." }];
    return [
      { text: "No rule fires", tone: "good" },
      {
        text: ` of the ${plural(watching, "rule")} that ${watching === 1 ? "watches" : "watch"}.${off}`,
      },
    ];
  }
  return [
    {
      text: `${plural(firing.length, "rule")} ${firing.length === 1 ? "fires" : "fire"}`,
      tone: "bad",
    },
    {
      text: `, ${firing.length === 1 ? "" : "the longest "}since ${clock(longest.firing_since ?? "", now)}: `,
    },
    { text: longest.name },
    { text: `.${off}` },
  ];
}
