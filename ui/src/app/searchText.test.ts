import { expect, it } from "vitest";
import { parseSearchText, searchText } from "./searchText";

it.each([
  [{}, ""],
  [{ agent: "7" }, "?agent=7"],
  [{ q: "a&b=c d", tag: "é" }, "?q=a%26b%3Dc+d&tag=%C3%A9"],
  [{ since: "true" }, "?since=true"],
])("%j is written %s and read again", (search, text) => {
  expect(searchText(search)).toBe(text);
  expect(parseSearchText(text)).toEqual(search);
});

it("leaves out what is not set", () => {
  expect(searchText({ a: undefined, b: "", c: null, d: "x" })).toBe("?d=x");
});
