import { expect, it } from "vitest";
import { sourceParts } from "./sources";

it("tells the parts of a cost, dearest first, and leaves out what cost nothing", () => {
  const parts = sourceParts([
    { source: "reported", cost_usd: "0.4", runs: 1 },
    { source: "override", cost_usd: "0", runs: 7 },
    { source: "computed", cost_usd: "3.6", runs: 12 },
  ]);
  expect(parts.map(({ words, runs }) => [words, runs])).toEqual([
    ["$3.60 computed from the price list", "in 12 runs"],
    ["$0.4000 reported with the calls", "in 1 run"],
  ]);
  expect(parts.map(({ share }) => share)).toEqual([0.9, 0.1]);
  expect(sourceParts([])).toEqual([]);
});
