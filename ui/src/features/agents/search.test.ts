import { expect, it } from "vitest";
import { agentsSort, parseAgentsSearch } from "./search";

it.each([
  [{}, {}],
  [
    { since: "24h", sort: "-p95", q: "desk", x: "1" },
    { since: "24h", sort: "-p95", q: "desk" },
  ],
  [{ since: "all" }, { since: "all" }],
  [{ since: "whenever", sort: "evil", q: "" }, {}],
])("%j is read as %j", (raw, search) => expect(parseAgentsSearch(raw)).toEqual(search));

it.each([
  [{}, { column: "total_runs", descending: true }],
  [{ sort: "name" }, { column: "name", descending: false }],
])("%j orders by %j", (search, sort) => expect(agentsSort(search)).toEqual(sort));
