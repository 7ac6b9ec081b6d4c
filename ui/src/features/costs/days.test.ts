import { expect, it } from "vitest";
import { calendar, partOfDay } from "./days";

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

it("a day is as long as that day is, but for what the report or the present cuts", () => {
  const at = (day: number, hour = 0) => new Date(2026, 1, day, hour).toISOString();
  const now = new Date(2026, 1, 28, 9).getTime();
  const report = { since: at(21, 9) };
  const part = (date: string) => partOfDay(date, report, now);
  expect(part("2026-02-21")).toEqual({ since: at(21, 9), until: at(22), cut: "in part" });
  expect(part("2026-02-22")).toEqual({ since: at(22), until: at(23), cut: "" });
  expect(part("2026-02-28")).toEqual({ since: at(28), until: at(29), cut: "so far" });
  const past = { since: at(20), until: at(21, 9) };
  expect(partOfDay("2026-02-20", past, now).cut).toBe("");
  expect(partOfDay("2026-02-21", past, now)).toEqual({
    since: at(21),
    until: at(21, 9),
    cut: "in part",
  });
  const today = { since: at(28), until: at(28, 8) };
  expect(partOfDay("2026-02-28", today, now)).toEqual({ ...today, cut: "in part" });
});
