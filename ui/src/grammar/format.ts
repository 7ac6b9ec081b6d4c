/**
 * How figures are written, everywhere the same. Pure; a missing value is `null` here and becomes
 * `–` with its reason in the components.
 */

import { grouped } from "../ui/grouped";

export function formatCount(count: number): string {
  return grouped(String(count));
}

/** Where there is room for five figures only: 12,345, 1.2 M. The whole number stands in the title. */
export function formatCompact(count: number): string {
  if (count < 1e6) return formatCount(count);
  const [size, unit] = count < 1e9 ? [count / 1e6, "M"] : [count / 1e9, "G"];
  return `${size < 100 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** "1 run", "2 runs". */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 0.1) return "<0.1 ms";
  if (ms < 10) return `${trimZero(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const pad = (value: number) => String(value).padStart(2, "0");
const trimZero = (text: string) => text.replace(/\.0$/, "");

function formatDecimals(value: number, decimals: number): string {
  const [whole = "", part = ""] = value.toFixed(decimals).split(".");
  return `${grouped(whole)}.${part}`;
}

/**
 * A decimal string of US dollars: two decimals from a dollar up, four below, six below a tenth of
 * a cent. Three forms only, so that a column of them can be read down.
 */
export function formatCost(usd: string): string {
  const value = Number(usd);
  if (!Number.isFinite(value)) return usd;
  if (value === 0) return "$0";
  const size = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (size < 0.000_000_5) return `${sign}<$0.000001`;
  return `${sign}$${formatDecimals(size, size >= 1 ? 2 : size >= 0.001 ? 4 : 6)}`;
}

/** Of an axis, whose numbers are round: "$0.1000" as "$0.1", "3.0 s" as "3 s". */
export function rounded(words: string): string {
  return words.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)|(?<=min) 00 s/, "");
}

const COST_SOURCES: Record<string, string> = {
  reported: "as reported",
  override: "own price",
  computed: "price table",
};

/** Where a cost comes from. */
export function costSource(source: string): string {
  return COST_SOURCES[source] ?? source;
}

/** A share between 0 and 1. Never rounds to 100 % or 0 % what is not all or nothing. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent > 99.9) return ">99.9 %";
  if (percent < 0.1) return "<0.1 %";
  return `${percent.toFixed(1)} %`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let size = bytes / 1000;
  for (const unit of ["kB", "MB", "GB"]) {
    if (size < 999.5) return `${size < 10 ? trimZero(size.toFixed(1)) : Math.round(size)} ${unit}`;
    size /= 1000;
  }
  return `${trimZero(size.toFixed(1))} TB`;
}

/** Of one run's spans many began in the same second, which need not be read again. */
let lastSecond = "";
let lastSecondMs = 0;

/** Milliseconds since 1970 with the fraction that `Date` drops: spans are told apart below 1 ms. */
export function parseTime(iso: string): number {
  const dot = iso.indexOf(".");
  if (dot < 0) return Date.parse(iso);
  let end = dot + 1;
  while (end < iso.length && iso.charCodeAt(end) >= 48 && iso.charCodeAt(end) <= 57) end++;
  const second = iso.slice(0, dot) + iso.slice(end);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondMs = Date.parse(second);
  }
  return lastSecondMs + Number(`0.${iso.slice(dot + 1, end)}`) * 1000;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** The local day with its year, "3 Mar 2024", and its time unless that is midnight: "3 Mar 2024 20:14". */
export function formatDate(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const date = `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return clock === "00:00" ? date : `${date} ${clock}`;
}

/** Local time: "today 20:14:07", "yesterday 20:14", "3 Mar 20:14", "3 Mar 2024 20:14". */
export function formatClock(iso: string, now: number): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  const today = new Date(now);
  const yesterday = new Date(now);
  yesterday.setDate(today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return `today ${clock}:${pad(at.getSeconds())}`;
  if (at.toDateString() === yesterday.toDateString()) return `yesterday ${clock}`;
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  return at.getFullYear() === today.getFullYear()
    ? `${day} ${clock}`
    : `${day} ${at.getFullYear()} ${clock}`;
}

/** "now", "4 s ago", "3 min ago", "2 h ago", "5 d ago"; a clock ahead of ours reads "now". */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return iso;
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${formatCount(Math.floor(seconds / 86_400))} d ago`;
}

/** One line of a text of any length: white space runs become one space. */
export function oneLine(text: string, lengthMax = 300): string {
  const line = text
    .slice(0, lengthMax * 2)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > lengthMax ? `${line.slice(0, lengthMax)}…` : line;
}
