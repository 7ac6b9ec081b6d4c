import { expect, it } from "vitest";
import type { CheckTest } from "../../api/types";
import {
  findingOf,
  newValues,
  resultsQuery,
  TEST_TYPES,
  testOf,
  testWords,
  valuesOf,
} from "./tests";

it.each<[CheckTest, string]>([
  [{ type: "json_schema", schema: { type: "object" } }, "the output is JSON of its schema"],
  [{ type: "regex", pattern: "sorry", not: true }, "the output does not match sorry"],
  [{ type: "length", min: 20 }, "the output has at least 20 characters"],
  [{ type: "length", min: 1, max: 9 }, "the output has 1 to 9 characters"],
  [{ type: "required_fields", fields: ["a", "b.c"] }, "the output has a, b.c"],
  [{ type: "tool_called", tool: "find_order" }, "find_order is called"],
  [{ type: "range", field: "score", max: 0.5 }, "score is at most 0.5"],
  [
    { type: "budget", max_usd: "0.05", max_ms: 20_000 },
    "the run costs at most $0.05 and takes at most 20.0 s",
  ],
])("%j is said in words and read back from a form", (test, words) => {
  expect(testWords(test)).toBe(words);
  expect(testOf(test.type, valuesOf(test))).toEqual(test);
});

it("begins every kind with values that make a test of it", () => {
  for (const type of TEST_TYPES) expect(testOf(type, newValues(type))).toHaveProperty("type", type);
  expect(() => testOf("json_schema", { schema: "{" })).toThrow(SyntaxError);
});

it("quotes names and reads findings", () => {
  expect(resultsQuery("it's")).toContain("name = 'it''s'");
  expect(findingOf('{"expected":"a","got":"b"}')).toEqual({ expected: "a", got: "b" });
  for (const reason of [null, "no", "7", '{"expected":1}']) expect(findingOf(reason)).toBeNull();
});
