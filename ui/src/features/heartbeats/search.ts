/** Whether a schedule is being made beside the list. Pure. */
export interface HeartbeatsSearch {
  new?: "yes";
}

export function parseHeartbeatsSearch(raw: Record<string, unknown>): HeartbeatsSearch {
  return raw.new === "yes" ? { new: "yes" } : {};
}
