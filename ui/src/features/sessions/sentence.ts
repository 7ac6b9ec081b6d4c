/** What a person would say of the sessions listed, and of one. Pure. */
import type { Session } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

/** `more`: there are others beyond those listed. */
export function sessionsSentence(sessions: Session[], more: boolean): Words[] {
  if (sessions.length === 0) return [{ text: "No sessions." }];
  const users = new Set(sessions.flatMap(({ user_id }) => (user_id === null ? [] : [user_id])));
  const failed = sessions.filter(({ failed_runs }) => failed_runs > 0).length;
  const count = more
    ? `The last ${plural(sessions.length, "session")}`
    : plural(sessions.length, "session");
  const whose = users.size > 0 ? ` of ${plural(users.size, "user")}` : "";
  if (failed === 0) return [{ text: `${count}${whose}; no run in them failed.` }];
  return [
    { text: `${count}${whose}; ` },
    { text: `in ${formatCount(failed)} a run failed`, tone: "bad" },
    { text: "." },
  ];
}

export function sessionSentence(session: Session): Words[] {
  const { total_runs, failed_runs, running_runs, user_id } = session;
  const whose: Words[] = user_id ? [{ text: " with " }, { text: user_id, code: true }] : [];
  const words: Words[] = [{ text: plural(total_runs, "run") }, ...whose];
  if (failed_runs > 0) {
    words.push({ text: ": " }, { text: `${formatCount(failed_runs)} failed`, tone: "bad" });
  }
  if (running_runs > 0) words.push({ text: `, ${formatCount(running_runs)} under way` });
  return [...words, { text: "." }];
}
