import { expect, it } from "vitest";
import type { Run } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { compareSentence } from "./sentence";

const run = (given: Partial<Run>) =>
  ({ status: "success", success: null, duration_ms: null, cost_usd: null, ...given }) as Run;

it.each<[Partial<Run>, Partial<Run>, string]>([
  [{}, {}, "Both ended well."],
  [{ success: true }, { success: false }, "A did its job, B did not do its job."],
  [
    { status: "failed", duration_ms: 1000, cost_usd: "0.5" },
    { duration_ms: 4000, cost_usd: "0.25" },
    "A failed, B ended well; B took 3.0 s longer and cost $0.2500 less.",
  ],
  [{ duration_ms: 1000 }, { duration_ms: 1000, cost_usd: "1" }, "Both ended well."],
])("%j and %j", (a, b, expected) =>
  expect(sentenceText(compareSentence(run(a), run(b)))).toBe(expected),
);
