/** What of a run is shown, as the URL keeps it. Pure. */

/** The ways to look at a run's spans; the first is the table, which an address need not name. */
export const VIEWS = [
  { id: "spans", label: "Spans" },
  { id: "talk", label: "Conversation" },
  { id: "agents", label: "Agents" },
  { id: "flame", label: "Flame" },
] as const;

export type View = (typeof VIEWS)[number]["id"];

export interface RunSearch {
  view?: Exclude<View, "spans">;
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
  const view = VIEWS.find(({ id }) => id === raw.view)?.id;
  if (view && view !== "spans") search.view = view;
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

/** The time that is drawn: the stretch chosen, else the whole run. */
export function drawnWindow(
  text: string | undefined,
  run: { startMs: number; endMs: number },
): { fromMs: number; toMs: number } {
  const stretch = parseStretch(text);
  return stretch
    ? { fromMs: run.startMs + stretch.fromMs, toMs: run.startMs + stretch.toMs }
    : { fromMs: run.startMs, toMs: run.endMs };
}
