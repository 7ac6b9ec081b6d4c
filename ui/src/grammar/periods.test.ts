import { expect, it } from "vitest";
import { parsePeriod, periodText, periodWords } from "./periods";

it.each([
  ["90", 90],
  ["90s", 90],
  ["5m", 300],
  ["5 min", 300],
  ["1h 30m", 5400],
  ["1.5h", 5400],
  [" 2D ", 172_800],
  ["1w", 604_800],
  ["", null],
  ["soon", null],
  ["5 parsecs", null],
  ["-5m", null],
])("%j is %j seconds", (text, seconds) => {
  expect(parsePeriod(text)).toBe(seconds);
});

it.each([
  [0, "0s", "0 seconds"],
  [300, "5m", "5 minutes"],
  [3600, "1h", "1 hour"],
  [5400, "1h 30m", "90 minutes"],
  [86_400, "1d", "1 day"],
  [604_800, "7d", "1 week"],
  [61, "1m 1s", "61 seconds"],
])("%d seconds are written %j and read back", (seconds, text, words) => {
  expect(periodText(seconds)).toBe(text);
  expect(parsePeriod(text)).toBe(seconds);
  expect(periodWords(seconds)).toBe(words);
});
