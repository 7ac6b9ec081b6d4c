/** What a person would say of the incidents, and of one. Pure. */
import type { Incident, IncidentCounts } from "../../api/types";
import { formatClock, formatCount, oneLine, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

type Told = Pick<Incident, "status" | "title" | "first_seen" | "last_seen" | "count">;

const since = (iso: string, now: number) =>
  formatClock(iso, now).replace(/(\d\d:\d\d):\d\d$/, "$1");

/** `unresolved`: all of them, whatever the list is narrowed to. */
export function incidentsSentence(
  unresolved: Told[],
  counts: IncidentCounts,
  agent: string | undefined,
  now: number,
): Words[] {
  const of: Words[] = agent ? [{ text: " of " }, { text: agent, code: true }] : [];
  const open = unresolved
    .filter(({ status }) => status === "open")
    .toSorted((a, b) => a.first_seen.localeCompare(b.first_seen));
  const seen = counts.acknowledged > 0 ? `${formatCount(counts.acknowledged)} acknowledged` : null;
  const [oldest] = open;
  if (!oldest) {
    if (seen) return [{ text: "Nothing new", tone: "good" }, ...of, { text: `: ${seen}.` }];
    const over = counts.resolved > 0 ? `; ${formatCount(counts.resolved)} resolved` : "";
    return [
      { text: "No incident", tone: "good" },
      ...of,
      { text: " is open", tone: "good" },
      { text: `${over}.` },
    ];
  }
  const [, second] = open;
  return [
    { text: plural(counts.open, "incident"), tone: "bad" },
    ...of,
    { text: " open", tone: "bad" },
    { text: `, ${second ? `the ${counts.open === 2 ? "older" : "oldest"} ` : ""}since ` },
    { text: `${since(oldest.first_seen, now)}: ` },
    { text: oneLine(oldest.title, 160) },
    { text: ` (${plural(oldest.count, "run")})` },
    { text: seen ? `; ${seen}.` : "." },
  ];
}

/** "book fails: 14 runs since today 03:12, the last 4 min ago." */
export function incidentSentence(incident: Incident, now: number): Words[] {
  const { status, title, count, first_seen, last_seen, resolved_at } = incident;
  const over = status === "resolved";
  return [
    { text: oneLine(title, 200), ...(over ? {} : { tone: "bad" as const }) },
    { text: `: ${plural(count, "run")} ` },
    {
      text:
        count === 1
          ? since(first_seen, now)
          : over
            ? `from ${since(first_seen, now)} to ${since(last_seen, now)}`
            : `since ${since(first_seen, now)}, the last ${since(last_seen, now)}`,
    },
    ...(over
      ? [
          { text: "; " },
          { text: "resolved", tone: "good" as const },
          { text: resolved_at ? ` ${since(resolved_at, now)}.` : "." },
        ]
      : [{ text: "." }]),
  ];
}
