/** What a rule would have told of the past, as stretches in which it would have fired. Pure. */
import type { Notice } from "../../api/types";

export interface Firing {
  fromMs: number;
  toMs: number;
  /** It recovered. */
  over: boolean;
  what: string;
}

type Told = Pick<Notice, "type" | "since" | "occurred_at" | "what">;

/** `notices` oldest first, as the server gives them. */
export function stretchesOf(notices: Told[], untilMs: number): Firing[] {
  const firings: Firing[] = [];
  for (const { type, occurred_at, what } of notices) {
    const at = Date.parse(occurred_at);
    const open = firings.at(-1);
    if (type === "alert.fired" && (!open || open.over)) {
      firings.push({ fromMs: at, toMs: untilMs, over: false, what });
    } else if (type === "alert.recovered" && open && !open.over) {
      open.toMs = at;
      open.over = true;
    }
  }
  return firings;
}
