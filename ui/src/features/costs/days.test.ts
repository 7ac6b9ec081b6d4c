import { expect, it } from "vitest";
import { calendar, dayRange } from "./days";

it("fills the days on which nothing ran, newest first, across the end of a month", () => {
  const rows = [
    { key: "2026-03-01", cost_usd: "4.12", runs: 3 },
    { key: "2026-02-27", cost_usd: null, runs: 1 },
    { key: null, cost_usd: "1", runs: 1 },
  ];
  expect(calendar(rows)).toEqual([
    { date: "2026-03-01", costUsd: "4.12", runs: 3 },
    { date: "2026-02-28", costUsd: "0", runs: 0 },
    { date: "2026-02-27", costUsd: null, runs: 1 },
  ]);
  expect(calendar([])).toEqual([]);
});

it("a day's range is as long as that day is", () => {
  const { since, until } = dayRange("2026-02-28");
  expect(new Date(since).getHours()).toBe(0);
  expect(new Date(until).getDate()).toBe(1);
});
