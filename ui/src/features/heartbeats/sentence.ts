/** Do the agents run when they should? Pure. */
import type { Heartbeat } from "../../api/types";
import { formatClock, formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";
import { scheduleWords } from "./answers";

type Told = Pick<Heartbeat, "agent" | "state" | "missing_since" | "missed">;

const clock = (iso: string | null, now: number) =>
  formatClock(iso ?? "", now).replace(/(\d\d:\d\d):\d\d$/, "$1");

export function heartbeatsSentence(heartbeats: Told[], now: number): Words[] {
  const watched = heartbeats.filter(({ state }) => state !== "paused");
  const missing = watched
    .filter(({ state }) => state === "missing")
    .toSorted((a, b) => (a.missing_since ?? "").localeCompare(b.missing_since ?? ""));
  const [longest] = missing;
  const fresh = watched.filter(({ state }) => state === "new").length;
  const well = watched.length - missing.length - fresh;
  const waits =
    fresh === 0 ? "" : ` ${plural(fresh, "agent")} ${fresh === 1 ? "is" : "are"} not due yet.`;
  if (heartbeats.length === 0) return [{ text: "No agent is expected to run yet." }];
  if (watched.length === 0) return [{ text: "Every schedule is paused." }];
  if (!longest) {
    if (well === 0) return [{ text: waits.trim() }];
    const all =
      fresh === 0 ? (well === 1 ? "The one agent" : `All ${formatCount(well)} agents`) : "";
    return [
      { text: all || plural(well, "agent") },
      { text: well === 1 ? " runs when it should" : " run when they should", tone: "good" },
      { text: `.${waits}` },
    ];
  }
  const others = well === 1 ? "1 other runs when it" : `${formatCount(well)} others run when they`;
  const rest = `${well === 0 ? "" : ` ${others} should.`}${waits}`;
  return [
    { text: longest.agent },
    { text: " has not run", tone: "bad" },
    { text: ` since ${clock(longest.missing_since, now)}, ` },
    { text: `${formatCount(longest.missed)} missed` },
    {
      text:
        missing.length > 1
          ? `; nor ${missing.length === 2 ? "has 1 other" : `have ${formatCount(missing.length - 1)} others`}.`
          : ".",
    },
    { text: rest },
  ];
}

export function heartbeatSentence(heartbeat: Heartbeat, now: number): Words[] {
  const expected = scheduleWords(heartbeat);
  const start: Words[] = [{ text: `${heartbeat.agent}: expected ` }];
  const when: Words[] = heartbeat.cron
    ? [{ text: heartbeat.cron, code: true }, { text: ` in ${heartbeat.time_zone ?? "UTC"}` }]
    : [{ text: expected }];
  switch (heartbeat.state) {
    case "missing":
      return [
        ...start,
        ...when,
        { text: ", " },
        { text: `missing since ${clock(heartbeat.missing_since, now)}`, tone: "bad" },
        { text: `, ${formatCount(heartbeat.missed)} missed.` },
      ];
    case "paused":
      return [...start, ...when, { text: "; " }, { text: "paused", tone: "warn" }, { text: "." }];
    case "new":
      return [...start, ...when, { text: ", none was due yet." }];
    default:
      return [
        ...start,
        ...when,
        { text: ", and " },
        { text: "it runs", tone: "good" },
        { text: "." },
      ];
  }
}
