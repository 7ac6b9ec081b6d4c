/** What of a comparison is shown, as the URL keeps it. Pure. */
export interface CompareRunsSearch {
  /** The aligned step that is open, counted from 1. */
  step?: string;
  /** `differences`: steps that are the same on both sides are left out. */
  show?: "differences";
}

export function parseCompareRunsSearch(raw: Record<string, unknown>): CompareRunsSearch {
  const search: CompareRunsSearch = {};
  if (typeof raw.step === "string" && /^[1-9]\d{0,5}$/.test(raw.step)) search.step = raw.step;
  if (raw.show === "differences") search.show = "differences";
  return search;
}
