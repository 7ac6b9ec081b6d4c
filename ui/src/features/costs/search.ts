/** What the costs page shows, as the URL keeps it: the range, and what the second table groups by. Pure. */
import type { CostsBy } from "../../api/figures";
import { parseRangeSearch, type RangeSearch } from "../../grammar/range";

export const GROUPS = [
  "agent",
  "workflow",
  "customer",
  "feature",
  "user",
] as const satisfies CostsBy[];
export type GroupBy = (typeof GROUPS)[number];

export interface CostsSearch extends RangeSearch {
  by?: GroupBy;
}

export const DEFAULT_RANGE = "7d";
export const DEFAULT_GROUP: GroupBy = "agent";

export function parseCostsSearch(raw: Record<string, unknown>): CostsSearch {
  const by = GROUPS.find((each) => each === raw.by);
  return { ...parseRangeSearch(raw), ...(by ? { by } : {}) };
}
