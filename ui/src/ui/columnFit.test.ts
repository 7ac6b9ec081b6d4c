import { describe, expect, it } from "vitest";
import { leftOut } from "./columnFit";

const columns = [
  { id: "name", track: "minmax(100px, 2fr)" },
  { id: "calls", track: "50px", minor: true },
  { id: "tokens", track: "60px", minor: true },
  { id: "cost", track: "40px" },
];

describe("leftOut", () => {
  it("leaves out nothing while there is room", () => {
    expect(leftOut(columns, 10, 280)).toEqual(new Set());
  });

  it("leaves out the last of the minor first, and no more than it must", () => {
    expect(leftOut(columns, 10, 279)).toEqual(new Set(["tokens"]));
    expect(leftOut(columns, 10, 210)).toEqual(new Set(["tokens"]));
    expect(leftOut(columns, 10, 209)).toEqual(new Set(["tokens", "calls"]));
  });

  it("says when the others have no room either", () => {
    expect(leftOut(columns, 10, 150)).toEqual(new Set(["tokens", "calls"]));
    expect(leftOut(columns, 10, 149)).toBeNull();
  });
});
