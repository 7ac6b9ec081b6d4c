/** Which part of the settings is open; and the model a price is to be set for. Pure. */
export const TABS = ["setup", "keys", "channels", "incidents", "prices", "data"] as const;

export interface SettingsSearch {
  tab?: (typeof TABS)[number];
  model?: string;
}

export function parseSettingsSearch(raw: Record<string, unknown>): SettingsSearch {
  const tab = TABS.find((each) => each === raw.tab);
  return {
    ...(tab ? { tab } : {}),
    ...(typeof raw.model === "string" && raw.model !== "" ? { model: raw.model } : {}),
  };
}
