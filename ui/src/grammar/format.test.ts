import { describe, expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatCompact,
  formatCost,
  formatDuration,
  formatShare,
  oneLine,
  parseTime,
  plural,
  rounded,
} from "./format";

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [0.04, "<0.1 ms"],
    [0.5, "0.5 ms"],
    [2, "2 ms"],
    [340.4, "340 ms"],
    [999.6, "1.0 s"],
    [22_480, "22.5 s"],
    [59_960, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [3_599_600, "1 h 00 min"],
    [8_040_000, "2 h 14 min"],
    [273_600_000, "3 d 4 h"],
    [-1500, "-1.5 s"],
  ])("%s ms -> %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe("formatCost", () => {
  it.each([
    ["0", "$0"],
    ["0.000000000", "$0"],
    ["0.0000125", "$0.000013"],
    ["0.0005", "$0.000500"],
    ["0.0000001", "<$0.000001"],
    ["0.0141", "$0.0141"],
    ["0.9999", "$0.9999"],
    ["3.019", "$3.02"],
    ["12345.6", "$12,345.60"],
    ["-0.5", "-$0.5000"],
    ["what", "what"],
  ])("%s -> %s", (usd, text) => expect(formatCost(usd)).toBe(text));
});

it.each([
  ["$0.1000", "$0.1"],
  ["$0.000500", "$0.0005"],
  ["$1.00", "$1"],
  ["$10", "$10"],
  ["3.0 s", "3 s"],
  ["2.5 s", "2.5 s"],
  ["1 min 00 s", "1 min"],
  ["1 min 10 s", "1 min 10 s"],
  ["100 ms", "100 ms"],
])("on an axis %s is %s", (words, text) => expect(rounded(words)).toBe(text));

describe("formatShare", () => {
  it.each([
    [0, "0 %"],
    [1, "100 %"],
    [0.583, "58.3 %"],
    [0.9999, ">99.9 %"],
    [0.0001, "<0.1 %"],
  ])("%s -> %s", (share, text) => expect(formatShare(share)).toBe(text));
});

describe("times", () => {
  const now = new Date(2026, 2, 12, 20, 15, 0).getTime();
  const local = (...parts: [number, number, number, number, number, number]) =>
    new Date(...parts).toISOString();
  it.each([
    [local(2026, 2, 12, 20, 14, 7), "today 20:14:07"],
    [local(2026, 2, 11, 8, 4, 7), "yesterday 08:04"],
    [local(2026, 1, 3, 8, 4, 7), "3 Feb 08:04"],
    [local(2024, 11, 31, 8, 4, 7), "31 Dec 2024 08:04"],
    ["not a time", "not a time"],
  ])("clock of %s", (iso, text) => expect(formatClock(iso, now)).toBe(text));

  it.each([
    [-5, "now"],
    [1, "now"],
    [4, "4 s ago"],
    [180, "3 min ago"],
    [100_000, "27 h ago"],
    [400_000, "4 d ago"],
  ])("%s seconds back", (seconds, text) =>
    expect(formatAgo(new Date(now - seconds * 1000).toISOString(), now)).toBe(text),
  );

  it("keeps what is below a millisecond", () => {
    const whole = parseTime("2026-03-12T20:14:07Z");
    expect(parseTime("2026-03-12T20:14:07.123456789Z") - whole).toBeCloseTo(123.456789, 2);
    expect(parseTime("2026-03-12T20:14:07.5Z") - whole).toBe(500);
  });
});

describe("words", () => {
  it("counts nouns", () => {
    expect([plural(1, "run"), plural(1200, "run"), plural(2, "match", "matches")]).toEqual([
      "1 run",
      "1,200 runs",
      "2 matches",
    ]);
  });
  it("shortens what has no room", () => {
    expect([999_999, 1_250_000, 18e6, 123_456_789, 2.5e9].map(formatCompact)).toEqual([
      "999,999",
      "1.3 M",
      "18.0 M",
      "123 M",
      "2.5 G",
    ]);
  });
  it("writes bytes in the units of the disk's maker", () => {
    expect([999, 1000, 38_400_000, 2_000_000_000].map(formatBytes)).toEqual([
      "999 B",
      "1 kB",
      "38 MB",
      "2 GB",
    ]);
  });
  it("puts a text on one line and says that it was cut", () => {
    expect(oneLine(" a\n\n b\tc ")).toBe("a b c");
    expect(oneLine("x".repeat(50), 10)).toBe(`${"x".repeat(10)}…`);
  });
});
