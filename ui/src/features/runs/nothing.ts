/** Why a list is empty: which part of what was asked leaves nothing over. Pure. */
import { rangeWords } from "../../grammar/range";
import {
  activeFilters,
  rangeOf,
  without,
  withRange,
  type ActiveFilter,
  type RunsSearch,
} from "./search";

export type AskedPart = ActiveFilter;

/** Everything that narrows, the range and the text included. */
export function askedParts(search: RunsSearch): AskedPart[] {
  return [
    ...activeFilters(search),
    ...(search.q ? [{ param: "q" as const, label: "Text", value: search.q }] : []),
    ...(search.since || search.until
      ? [
          {
            param: "since" as const,
            label: "Range",
            value: rangeWords(search.since, search.until).trim(),
          },
        ]
      : []),
  ];
}

/** A range is one part, however many ends it has. */
export function withoutPart(search: RunsSearch, { param }: AskedPart): RunsSearch {
  return param === "since" ? withRange(search, {}) : without(search, param);
}

export interface PartCounts {
  part: AskedPart;
  /** Runs that match all the other parts. */
  others: number;
  /** Runs that match this part and nothing else asked. */
  alone: number;
}

/** What each part's two questions are. */
export function questionsOf(
  search: RunsSearch,
  part: AskedPart,
): { others: RunsSearch; alone: RunsSearch } {
  return {
    others: without(withoutPart(search, part), "sort"),
    alone: part.param === "since" ? rangeOf(search) : { [part.param]: search[part.param] },
  };
}

export type Verdict =
  /** No run has this at all. */
  | { type: "absent"; part: AskedPart }
  /** Taking this one away would leave so many. */
  | { type: "excludes"; part: AskedPart; others: number }
  /** Each has runs, but no run has all, whichever one is taken away. */
  | { type: "together" };

export function verdicts(counts: PartCounts[]): Verdict[] {
  const absent = counts.filter(({ alone }) => alone === 0);
  const excludes = counts.filter(({ others }) => others > 0);
  const found: Verdict[] = [
    ...absent.map(({ part }): Verdict => ({ type: "absent", part })),
    ...excludes.map(({ part, others }): Verdict => ({ type: "excludes", part, others })),
  ];
  return found.length > 0 ? found : [{ type: "together" }];
}
