/** What the overview's address says: the range. */
export const DEFAULT_RANGE = "24h";
