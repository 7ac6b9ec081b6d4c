import { describe, expect, it } from "vitest";
import type { Facets } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import type { RunsSearch } from "./search";
import { runsSentence } from "./sentence";

const facets = (fields: Record<string, Record<string, number>>): Facets =>
  Object.fromEntries(
    Object.entries(fields).map(([field, values]) => [
      field,
      Object.entries(values).map(([value, count]) => ({ value, count })),
    ]),
  );

const two = { agent: { a: 100, b: 114 } };

describe("runsSentence", () => {
  it.each<[Facets, Facets | undefined, RunsSearch, string]>([
    [facets({}), undefined, { since: "24h" }, "No runs in the last 24 hours match."],
    [facets({ status: { success: 1 } }), undefined, {}, "The one run ended well."],
    [
      facets({ status: { success: 12, cancelled: 1 } }),
      undefined,
      { since: "7d" },
      "12 of 13 runs ended well, 1 was cancelled in the last 7 days.",
    ],
    [
      facets({ status: { success: 12, running: 2 } }),
      undefined,
      {},
      "All 12 runs ended well, 2 still under way.",
    ],
    [facets({ status: { running: 1 } }), undefined, {}, "1 run is under way."],
    [
      facets({ status: { success: 211, failed: 3 }, ...two }),
      facets({ agent: { a: 3 } }),
      {},
      "3 of 214 runs failed, all in a.",
    ],
    [
      facets({ status: { success: 211, failed: 3 }, ...two, tool: { refund: 50, find: 90 } }),
      facets({ agent: { a: 2, b: 1 }, tool: { refund: 3, find: 2 } }),
      {},
      "3 of 214 runs failed.",
    ],
    [
      facets({ status: { success: 211, failed: 3 }, success: { false: 9 }, ...two }),
      facets({ agent: { a: 3 } }),
      { status: "failed", agent: "a" },
      "All 3 runs failed and 9 did not do their job.",
    ],
    [
      facets({ status: { success: 7 }, success: { true: 90, false: 7 } }),
      undefined,
      { success: "false" },
      "All 7 runs did not do their job.",
    ],
    [
      facets({ status: { success: 9, failed: 3 }, agent: { a: 12 } }),
      facets({ agent: { a: 3 } }),
      {},
      "3 of 12 runs failed.",
    ],
    [
      facets({ status: { success: 200 }, success: { true: 91, false: 109 } }),
      undefined,
      {},
      "109 of 200 runs did not do their job.",
    ],
    [
      facets({ status: { success: 200, failed: 2, timeout: 1 }, success: { false: 1 } }),
      undefined,
      {},
      "2 of 203 runs failed, 1 timed out and 1 did not do its job.",
    ],
    [facets({ status: { failed: 1 } }), undefined, {}, "The one run failed."],
    [
      facets({ status: { success: 4 }, success: { false: 4 } }),
      undefined,
      {},
      "All 4 runs did not do their job.",
    ],
    [
      facets({ status: { success: 5, timeout: 1 } }),
      undefined,
      { since: "1h" },
      "1 of 6 runs timed out in the last hour.",
    ],
    [
      facets({ status: { success: 5, failed: 2, timeout: 1 } }),
      undefined,
      { status: "failed,timeout" },
      "2 of 3 runs failed and 1 timed out.",
    ],
  ])("%#", (all, failed, search, expected) =>
    expect(sentenceText(runsSentence(all, failed, search))).toBe(expected),
  );
});
