/** What of a run is shown, as the URL keeps it. Pure. */
export interface RunSearch {
  /** The span in the right pane; without it the one that matters most. */
  span?: string;
  tab?: string;
  /** Text that the spans listed contain. */
  q?: string;
  /** `all`: duplicates and plumbing are listed too. */
  show?: "all";
  /** The stretch of time drawn, as milliseconds from the run's start: `1200-3400`. */
  t?: string;
}

export function parseRunSearch(raw: Record<string, unknown>): RunSearch {
  const search: RunSearch = {};
  for (const name of ["span", "tab", "q"] as const) {
    const value = raw[name];
    if (typeof value === "string" && value !== "") search[name] = value;
  }
  if (raw.show === "all") search.show = "all";
  if (typeof raw.t === "string" && parseStretch(raw.t)) search.t = raw.t;
  return search;
}

export interface Stretch {
  fromMs: number;
  toMs: number;
}

export function parseStretch(text: string | undefined): Stretch | null {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (!found) return null;
  const [fromMs, toMs] = [Number(found[1]), Number(found[2])];
  return toMs > fromMs ? { fromMs, toMs } : null;
}

export function stretchText({ fromMs, toMs }: Stretch): string {
  const digits = toMs - fromMs < 10 ? 3 : 0;
  return `${fromMs.toFixed(digits)}-${toMs.toFixed(digits)}`;
}
