/** Which check is open below the list, or that one is being made. Pure. */
export interface ChecksSearch {
  /** By name. */
  check?: string;
  new?: "yes";
}

export function parseChecksSearch(raw: Record<string, unknown>): ChecksSearch {
  if (raw.new === "yes") return { new: "yes" };
  return typeof raw.check === "string" && raw.check !== "" ? { check: raw.check } : {};
}
