/** What it all cost, in a sentence. Pure. */
import type { Costs } from "../../api/types";
import { formatCost, formatShare, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

export function costsSentence(
  byModel: Pick<Costs, "total_cost_usd" | "rows" | "unpriced">,
  when: string,
): Words[] {
  const { total_cost_usd: total, rows, unpriced } = byModel;
  const calls = unpriced.reduce((sum, { model_calls }) => sum + model_calls, 0);
  const missing: Words[] =
    unpriced.length === 0
      ? []
      : [
          { text: "; " },
          {
            text: `${plural(calls, "call")} of ${plural(unpriced.length, "model")} have no known price`,
            tone: "warn",
          },
        ];
  if (total === null || Number(total) === 0) {
    return [
      { text: total === null ? `No cost is known${when}` : `It cost nothing${when}` },
      ...missing,
      { text: "." },
    ];
  }
  const named = rows.filter(
    ({ key, cost_usd }) => key !== null && cost_usd !== null && cost_usd !== "0",
  );
  const [first] = named;
  const most: Words[] =
    first?.key && first.share !== null
      ? [
          {
            text:
              first.share === 1 ? ", all of it for " : `, ${formatShare(first.share)} of it for `,
          },
          { text: first.key, code: true },
        ]
      : [];
  return [{ text: `${formatCost(total)}${when}` }, ...most, ...missing, { text: "." }];
}
