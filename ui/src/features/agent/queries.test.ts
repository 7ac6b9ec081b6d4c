import { expect, it } from "vitest";
import { groupsSql } from "./queries";

it("keeps a hostile name within its quotes", () => {
  const sql = groupsSql("version", "x'; DROP TABLE runs; --", 0, 1);
  expect(sql).toContain("agent = 'x''; DROP TABLE runs; --'");
});

it("asks for all time without a beginning", () => {
  expect(groupsSql("outcome", "a", null, 0)).not.toContain(">=");
  expect(groupsSql("outcome", "a", 0, 1)).toContain(">= TIMESTAMP '1970-01-01T00:00:00.000Z'");
});
