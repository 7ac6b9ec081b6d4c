/** Lengths of time as people type them into forms: "90s", "5m", "1h 30m", "2d". Pure. */
const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Whole seconds, a bare number being seconds; null of what is no length of time. */
export function parsePeriod(text: string): number | null {
  const said = text.trim().toLowerCase();
  if (/^\d+$/.test(said)) return Number(said);
  if (!/^(\d+(\.\d+)?\s*(s|m|min|h|d|w)\s*)+$/.test(said)) return null;
  let seconds = 0;
  for (const [, amount, unit] of said.matchAll(/(\d+(?:\.\d+)?)\s*(min|s|m|h|d|w)/g)) {
    seconds += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return Number.isSafeInteger(Math.round(seconds)) ? Math.round(seconds) : null;
}

const PARTS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
  [1, "s"],
] as const;

/** The shortest that parsePeriod reads back: 5400 is "1h 30m". */
export function periodText(seconds: number): string {
  if (seconds === 0) return "0s";
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, unit] of PARTS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.join(" ");
}

const NOUNS = [
  [604_800, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** In words: "5 minutes", "an hour" is "1 hour", 90 minutes stay "90 minutes". */
export function periodWords(seconds: number): string {
  const [size, noun] = NOUNS.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [
    1,
    "second",
  ];
  const count = seconds / size;
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
