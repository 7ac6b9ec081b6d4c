import { expect, it } from "vitest";
import { parseIncidentsSearch } from "./search";

it.each([
  [{}, {}],
  [{ status: "unresolved" }, {}],
  [
    { status: "resolved", agent: "desk" },
    { status: "resolved", agent: "desk" },
  ],
  [{ status: "burning", agent: "" }, {}],
  [{ status: ["open"], agent: 7 }, {}],
])("%j is read as %j", (raw, search) => {
  expect(parseIncidentsSearch(raw)).toEqual(search);
});
