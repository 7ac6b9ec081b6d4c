/** Whom the page compares, and when: one range for both, or another for the second. Pure. */
import { parseRangeSearch, type RangeSearch } from "../../grammar/range";

export interface CompareSearch extends RangeSearch {
  a?: string;
  b?: string;
  /** `before`: the range of the same length before that of `a`. */
  b_range?: "before";
}

export const DEFAULT_RANGE = "7d";

export function parseCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const name = (param: "a" | "b") => {
    const value = raw[param];
    return typeof value === "string" && value !== "" ? { [param]: value } : {};
  };
  return {
    ...parseRangeSearch(raw),
    ...name("a"),
    ...name("b"),
    ...(raw.b_range === "before" ? { b_range: "before" as const } : {}),
  };
}
