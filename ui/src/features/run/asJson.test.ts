import { expect, it } from "vitest";
import { asJson } from "./asJson";

it.each<[unknown, object | undefined]>([
  [{ a: 1 }, { a: 1 }],
  [[1], [1]],
  [' {"a": 1}', { a: 1 }],
  ["[1, 2]", [1, 2]],
  ["{not json", undefined],
  ["12", undefined],
  ['"text"', undefined],
  ["plain", undefined],
  ["", undefined],
  [null, undefined],
  [7, undefined],
])("%j -> %j", (value, json) => expect(asJson(value)).toEqual(json));
