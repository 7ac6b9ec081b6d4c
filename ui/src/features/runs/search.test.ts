import { describe, expect, it } from "vitest";
import { bucketFor, rangeStart } from "../../grammar/range";
import {
  activeFilters,
  FAILED,
  facetsQuery,
  isChosen,
  parseRunsSearch,
  runsQuery,
  sortOf,
  withSort,
  toggled,
  without,
} from "./search";

const NOW = Date.UTC(2026, 2, 12, 12);

describe("parseRunsSearch", () => {
  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ["nothing", {}, {}],
    ["what it knows", { agent: "a", q: "x", since: "24h" }, { agent: "a", q: "x", since: "24h" }],
    ["not what it does not know", { evil: "1", agent: "a" }, { agent: "a" }],
    ["not what is empty or no text", { agent: " ", model: 3, tool: ["a"] }, {}],
    [
      "not a bound that is no number",
      { min_duration_ms: "soon", max_duration_ms: "-1", min_cost_usd: "0.01" },
      { min_cost_usd: "0.01" },
    ],
    ["not an order it cannot ask for", { sort: "evil" }, {}],
    ["an order", { sort: "dearest" }, { sort: "dearest" }],
  ])("keeps %s", (_, raw, expected) => expect(parseRunsSearch(raw)).toEqual(expected));
});

describe("runsQuery", () => {
  it("settles a range and turns bounds into numbers", () => {
    expect(
      runsQuery(
        {
          since: "24h",
          min_duration_ms: "1500",
          min_cost_usd: "0.10",
          agent: "a",
          sort: "dearest",
        },
        NOW,
      ),
    ).toEqual({
      since: "2026-03-11T12:00:00.000Z",
      min_duration_ms: 1500,
      min_cost_usd: "0.10",
      agent: ["a"],
      sort: "dearest",
    });
  });
  it("asks for what figures count as failed, whichever way it failed", () => {
    const search = { status: FAILED };
    expect(runsQuery(search, NOW)).toEqual({ status: ["failed", "timeout"] });
    expect(isChosen(search, "status", "timeout")).toBe(true);
    expect(isChosen(search, "status", "success")).toBe(false);
    expect(activeFilters(search)).toEqual([
      { param: "status", label: "Status", value: "failed or timeout" },
    ]);
    expect(toggled(search, "status", "timeout")).toEqual({ status: "timeout" });
  });
  it("asks for counts without an order", () => {
    expect(facetsQuery({ sort: "dearest", agent: "a" }, NOW)).toEqual({ agent: ["a"] });
  });
});

describe("order", () => {
  it.each([
    [{}, { column: "started_at", descending: true }],
    [{ sort: "oldest" }, { column: "started_at", descending: false }],
    [{ sort: "slowest" }, { column: "duration_ms", descending: true }],
    [{ sort: "dearest" }, { column: "cost_usd", descending: true }],
  ])("%j is %j, and is written so", (search, sort) => {
    expect(sortOf(search)).toEqual(sort);
    expect(withSort({}, sort)).toEqual(search);
  });
  it("takes the order there is where there is one only", () => {
    expect(withSort({ q: "x" }, { column: "cost_usd", descending: false })).toEqual({
      q: "x",
      sort: "dearest",
    });
  });
});

it("names what is set in the order of the panel", () => {
  expect(
    activeFilters({
      q: "x",
      since: "7d",
      agent: "a",
      success: "false",
      min_cost_usd: "2",
      max_duration_ms: "5500",
      root: "run_1",
    }),
  ).toEqual([
    { param: "success", label: "Did its job", value: "no" },
    { param: "agent", label: "Agent", value: "a" },
    { param: "max_duration_ms", label: "Faster than", value: "5.5 s" },
    { param: "min_cost_usd", label: "Dearer than", value: "$2" },
    { param: "root", label: "Family of", value: "run_1" },
  ]);
});

it("sets, replaces and takes away a filter", () => {
  expect(toggled({ q: "x" }, "agent", "a")).toEqual({ q: "x", agent: "a" });
  expect(toggled({ agent: "a" }, "agent", "b")).toEqual({ agent: "b" });
  expect(toggled({ agent: "a" }, "agent", "a")).toEqual({});
  expect(without({ agent: "a", q: "x" }, "agent")).toEqual({ q: "x" });
});

describe("ranges", () => {
  it.each([
    [undefined, undefined],
    ["all", undefined],
    ["1h", "2026-03-12T11:00:00.000Z"],
    ["30d", "2026-02-10T12:00:00.000Z"],
    ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"],
    ["whenever", undefined],
    ["0x9h", undefined],
  ])("%s begins %s", (range, start) => expect(rangeStart(range, NOW)).toBe(start));

  it.each([
    [3_600_000, "5m"],
    [86_400_000, "1h"],
    [7 * 86_400_000, "6h"],
    [30 * 86_400_000, "1d"],
    [3000 * 86_400_000, "30d"],
  ])("%s ms in about 30 bars", (length, text) => {
    const bucket = bucketFor(length, 30);
    expect(length / bucket.ms).toBeLessThanOrEqual(100);
    expect(bucket.text).toBe(text);
  });
});
