/** What came of expected times, in words and in counts. Pure. */
import type { Expectation, Heartbeat } from "../../api/types";
import { formatClock, plural } from "../../grammar/format";
import { periodWords } from "../../grammar/periods";

export const ANSWERS = {
  ok: "in time",
  late: "late",
  failed: "failed",
  too_long: "took too long",
  overlapping: "overlapped the one before",
  running: "running",
  missed: "missed",
  unknown: "not judged: the server was down, or the schedule was off or another",
  due: "expected next",
} as const;

/** A time that passed and may still be answered is no longer ahead. */
export function dueWord(at: string, now: number): "next expected" | "due since" {
  return Date.parse(at) <= now ? "due since" : "next expected";
}

export type AnswerWord = keyof typeof ANSWERS;

export function answerWord(answer: string): AnswerWord {
  return Object.hasOwn(ANSWERS, answer) ? (answer as AnswerWord) : "unknown";
}

/** "today 03:00:00: late, began today 03:12:41". */
export function expectationWords(one: Expectation, now: number): string {
  const began =
    one.started_at && one.started_at !== one.at
      ? `, began ${formatClock(one.started_at, now)}`
      : "";
  return `${formatClock(one.at, now)}: ${ANSWERS[answerWord(one.answer)]}${began}`;
}

/** "12 expected: 10 in time, 1 late, 1 missed"; what is still to come is not counted. */
export function stripWords(expectations: Expectation[]): string {
  const counts = new Map<AnswerWord, number>();
  for (const { answer } of expectations) {
    const word = answerWord(answer);
    if (word !== "due") counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return "nothing was due yet";
  const short = (word: AnswerWord) => (word === "unknown" ? "not judged" : ANSWERS[word]);
  const parts = [...counts].map(([word, count]) => `${count} ${short(word)}`);
  return `${total} expected: ${parts.join(", ")}`;
}

/** "0 3 * * * in Europe/Berlin", "every 2 hours", "every minute". */
export function scheduleWords({
  cron,
  time_zone,
  every_seconds,
}: Pick<Heartbeat, "cron" | "time_zone" | "every_seconds">): string {
  if (cron) return `${cron} in ${time_zone ?? "UTC"}`;
  return every_seconds === null ? "" : `every ${periodWords(every_seconds).replace(/^1 /, "")}`;
}

/** Why it is in the state it is in. */
export function stateWords(heartbeat: Heartbeat, now: number): string {
  switch (heartbeat.state) {
    case "missing":
      return `${plural(heartbeat.missed, "expected run")} missed since ${formatClock(heartbeat.missing_since ?? "", now)}`;
    case "paused":
      return "nothing is expected while it is paused";
    case "new":
      return "no run came since it was made, none was due";
    default:
      return "the last expected run came";
  }
}
