/** The query, kept in the address; and how its answer is shown. Pure. */
export interface SqlSearch {
  q?: string;
  view?: "chart";
}

export function parseSqlSearch(raw: Record<string, unknown>): SqlSearch {
  return {
    ...(typeof raw.q === "string" && raw.q.trim() !== "" ? { q: raw.q } : {}),
    ...(raw.view === "chart" ? { view: "chart" as const } : {}),
  };
}
