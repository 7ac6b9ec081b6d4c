import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { compareSentence, type Compared } from "./sentence";

it.each<[Compared, string]>([
  [
    { success: "more", cost: "less", p95: "noise" },
    "v2 does its job more often and costs less than v1. The rest may be noise.",
  ],
  [
    { success: "less", cost: "more", p95: "more" },
    "v2 does its job less often, costs more and is slower than v1.",
  ],
  [
    { success: "noise", cost: "noise", p95: "unknown" },
    "No difference between v1 and v2 is more than noise.",
  ],
  [
    { success: "unknown", cost: "unknown", p95: "unknown" },
    "There are too few runs to compare v1 with v2.",
  ],
])("%j", (compared, expected) =>
  expect(sentenceText(compareSentence("v1", "v2", compared))).toBe(expected),
);
