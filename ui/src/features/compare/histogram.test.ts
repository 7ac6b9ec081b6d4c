import { expect, it } from "vitest";
import { histogram } from "./histogram";

it("counts shares in bins that begin at zero, and puts what is far into the last", () => {
  const values = [...Array.from({ length: 99 }, (_, at) => at % 4), 1000];
  const found = histogram(values, [0, 3], 3);
  expect(found).toEqual({
    edges: [0, 1, 2, 3],
    a: [0.25, 0.25, 0.5],
    b: [0.5, 0, 0.5],
    hasMore: true,
  });
});

it("has nothing to show of nothing, and a bin for zeros", () => {
  expect(histogram([], [])).toBeNull();
  expect(histogram([0], [0], 2)).toEqual({
    edges: [0, 0.5, 1],
    a: [1, 0],
    b: [1, 0],
    hasMore: false,
  });
});
