import { expect, it } from "vitest";
import { parseSessionsSearch } from "./search";

it.each([
  [{}, {}],
  [
    { since: "7d", q: "abc", user: "u", sort: "x" },
    { since: "7d", q: "abc", user: "u" },
  ],
  [{ since: "all", q: "  ", user: 7 }, { since: "all" }],
  [{ since: "yesterday" }, {}],
])("%j is read as %j", (raw, search) => expect(parseSessionsSearch(raw)).toEqual(search));
