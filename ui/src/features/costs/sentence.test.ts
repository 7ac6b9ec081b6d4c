import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { costsSentence } from "./sentence";

const row = (key: string | null, cost_usd: string | null, share: number | null) =>
  ({ key, cost_usd, share }) as Parameters<typeof costsSentence>[0]["rows"][number];
const when = " in the last 7 days";

it.each([
  [
    { total_cost_usd: "34.4", rows: [row("claude-sonnet-4", "24.8", 0.7209)], unpriced: [] },
    "$34.40 in the last 7 days, 72.1 % of it for claude-sonnet-4.",
  ],
  [
    { total_cost_usd: "1", rows: [row("a", "1", 1)], unpriced: [{ model: "x", model_calls: 12 }] },
    "$1.00 in the last 7 days, all of it for a; 12 calls of 1 model have no known price.",
  ],
  [{ total_cost_usd: null, rows: [], unpriced: [] }, "No cost is known in the last 7 days."],
  [
    { total_cost_usd: "0", rows: [row("a", "0", null)], unpriced: [] },
    "It cost nothing in the last 7 days.",
  ],
])("%#", (costs, expected) => expect(sentenceText(costsSentence(costs, when))).toBe(expected));
