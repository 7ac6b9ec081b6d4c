/** Whether a rule is being made beside the list. Pure. */
export interface AlertsSearch {
  new?: "yes";
}

export function parseAlertsSearch(raw: Record<string, unknown>): AlertsSearch {
  return raw.new === "yes" ? { new: "yes" } : {};
}
