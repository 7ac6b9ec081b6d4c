/** What the list of incidents is narrowed to, as its address says. Pure. */
export const STATUSES = ["unresolved", "open", "acknowledged", "resolved", "all"] as const;
export type StatusFilter = (typeof STATUSES)[number];

export interface IncidentsSearch {
  /** What nobody has resolved, if absent. */
  status?: StatusFilter;
  agent?: string;
}

export function parseIncidentsSearch(raw: Record<string, unknown>): IncidentsSearch {
  const status = STATUSES.find((each) => each === raw.status);
  return {
    ...(status && status !== "unresolved" ? { status } : {}),
    ...(typeof raw.agent === "string" && raw.agent !== "" ? { agent: raw.agent } : {}),
  };
}
