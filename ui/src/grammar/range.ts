/**
 * Time ranges as the URL spells them: `since=24h`, or two moments in ISO 8601. Shared by every page
 * that shows a stretch of time; each page has its own default. Pure.
 */

export interface RangeOption {
  value: string;
  label: string;
}

export const ALL_TIME = "all";

export const RANGES: RangeOption[] = [
  { value: "1h", label: "Last hour" },
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: ALL_TIME, label: "All time" },
];

/** What an address says of the range. `until` without an end is now. */
export interface RangeSearch {
  since?: string;
  until?: string;
}

/** A range settled at one moment; `sinceMs` null is all time. */
export interface Range {
  sinceMs: number | null;
  untilMs: number;
}

const HOUR_MS = 3_600_000;
const UNIT_MS: Record<string, number> = { h: HOUR_MS, d: 24 * HOUR_MS };

/** Length of a range like `24h`; null of anything else. */
export function rangeLength(range: string): number | null {
  const found = /^(\d{1,4})([hd])$/.exec(range);
  const unit = UNIT_MS[found?.[2] ?? ""];
  return found && unit ? Number(found[1]) * unit : null;
}

const isMoment = (text: string) => /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text));

/** Of anything that stands in an address, the range in it. */
export function parseRangeSearch(raw: Record<string, unknown>): RangeSearch {
  const { since, until } = raw;
  const search: RangeSearch = {};
  if (typeof since === "string" && (since === ALL_TIME || rangeLength(since) || isMoment(since)))
    search.since = since;
  if (typeof until === "string" && isMoment(until)) search.until = until;
  return search;
}

/** A page's range for the address of another, whose default may be another. */
export function spelledOut(search: RangeSearch, fallback: string): RangeSearch {
  return search.since || search.until ? search : { since: fallback };
}

/** With a page's default where the address says nothing. */
export function settledRange(search: RangeSearch, fallback: string, now: number): Range {
  const untilMs = search.until ? Date.parse(search.until) : now;
  const since = search.since ?? (search.until ? ALL_TIME : fallback);
  if (since === ALL_TIME) return { sinceMs: null, untilMs };
  const length = rangeLength(since);
  return { sinceMs: length === null ? Date.parse(since) : untilMs - length, untilMs };
}

/** The range of the same length that ends where this one begins; null of all time. */
export function rangeBefore({ sinceMs, untilMs }: Range): Range | null {
  return sinceMs === null ? null : { sinceMs: sinceMs - (untilMs - sinceMs), untilMs: sinceMs };
}

/** A range in answers, exact to the nanosecond, as addresses have it: whole milliseconds around it. */
export function rangeAround(since: string, until: string): Required<RangeSearch> {
  return {
    since: new Date(Date.parse(since)).toISOString(),
    until: new Date(Date.parse(until) + 1).toISOString(),
  };
}

/** As the API is asked. */
export function rangeQuery({ sinceMs, untilMs }: Range): { since?: string; until: string } {
  return {
    ...(sinceMs === null ? {} : { since: new Date(sinceMs).toISOString() }),
    until: new Date(untilMs).toISOString(),
  };
}

/** When it began, in ISO 8601; undefined of all time. A moment stands for itself. */
export function rangeStart(range: string | undefined, now: number): string | undefined {
  if (!range || range === ALL_TIME) return undefined;
  const length = rangeLength(range);
  if (length !== null) return new Date(now - length).toISOString();
  return Number.isNaN(Date.parse(range)) ? undefined : range;
}

/** "in the last 24 hours", "between 3 Mar 20:00 and 4 Mar 08:00", or nothing of all time. */
export function rangeWords(range: string | undefined, until?: string): string {
  const option = RANGES.find(({ value }) => value === range);
  if (until) {
    const from = range && isMoment(range) ? moment(Date.parse(range)) : null;
    return from
      ? ` between ${from} and ${moment(Date.parse(until))}`
      : ` until ${moment(Date.parse(until))}`;
  }
  if (range && isMoment(range)) return ` since ${moment(Date.parse(range))}`;
  if (!option || option.value === ALL_TIME) return "";
  return ` in the ${option.label.toLowerCase()}`;
}

const pad = (value: number) => String(value).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Local time to the minute: "3 Mar 20:14". */
export function moment(ms: number): string {
  const at = new Date(ms);
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** The one time zone of all pages: "Europe/Berlin, UTC+1". */
export function zoneWords(now: number): string {
  const minutes = -new Date(now).getTimezoneOffset();
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? "" : `:${pad(size % 60)}`;
  const offset =
    minutes === 0 ? "UTC" : `UTC${minutes < 0 ? "-" : "+"}${Math.floor(size / 60)}${rest}`;
  return zoneName() === "UTC" ? "UTC" : `${zoneName()}, ${offset}`;
}

export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Bar length for about `count` bars, round, in the form the API takes. */
export function bucketFor(lengthMs: number, count: number): { text: string; ms: number } {
  const minutes = lengthMs / count / 60_000;
  const steps: [number, string][] = [
    [1, "1m"],
    [5, "5m"],
    [15, "15m"],
    [30, "30m"],
    [60, "1h"],
    [180, "3h"],
    [360, "6h"],
    [720, "12h"],
    [1440, "1d"],
    [10_080, "7d"],
  ];
  const [step, text] = steps.find(([size]) => size >= minutes * 0.95) ?? [43_200, "30d"];
  return { text, ms: step * 60_000 };
}

const BUCKET_WORDS: Record<string, string> = {
  "1m": "each minute",
  "5m": "each 5 minutes",
  "15m": "each 15 minutes",
  "30m": "each half hour",
  "1h": "each hour",
  "3h": "each 3 hours",
  "6h": "each 6 hours",
  "12h": "each 12 hours",
  "1d": "each day",
  "7d": "each week",
  "30d": "each 30 days",
};

export function bucketWords(text: string): string {
  return BUCKET_WORDS[text] ?? `each ${text}`;
}
