import { expect, it } from "vitest";
import { parseRunSearch, parseStretch, stretchText } from "./search";

it.each([
  [{}, {}],
  [
    { span: "ab", tab: "raw", show: "all", evil: "x" },
    { span: "ab", tab: "raw", show: "all" },
  ],
  [{ span: 3, show: "some", q: "" }, {}],
  [{ view: "flame" }, { view: "flame" }],
  [{ view: "spans" }, {}],
  [{ view: "dance" }, {}],
  [{ t: "10-20" }, { t: "10-20" }],
  [{ t: "20-10" }, {}],
])("%j is read as %j", (raw, search) => expect(parseRunSearch(raw)).toEqual(search));

it.each([
  [{ fromMs: 10.4, toMs: 2000.2 }, "10-2000"],
  [{ fromMs: 0.25, toMs: 1.5 }, "0.250-1.500"],
])("%j is written %s", (stretch, text) => {
  expect(stretchText(stretch)).toBe(text);
  expect(parseStretch(text)).not.toBeNull();
});
