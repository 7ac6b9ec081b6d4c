/** The parts of a cost by where they come from, in words. Pure. */
import type { Costs } from "../../api/types";
import { formatCost, plural } from "../../grammar/format";

const FROM: Record<string, string> = {
  computed: "computed from the price list",
  reported: "reported with the calls",
  override: "by your own prices",
};

export interface SourcePart {
  source: string;
  /** 0..1 of the cost. */
  share: number;
  words: string;
  runs: string;
}

/** Dearest first; what cost nothing is left out. */
export function sourceParts(sources: Costs["by_source"]): SourcePart[] {
  const priced = sources.filter(({ cost_usd }) => Number(cost_usd) > 0);
  const total = priced.reduce((sum, { cost_usd }) => sum + Number(cost_usd), 0);
  return priced
    .toSorted((a, b) => Number(b.cost_usd) - Number(a.cost_usd))
    .map(({ source, cost_usd, runs }) => ({
      source,
      share: Number(cost_usd) / total,
      words: `${formatCost(cost_usd)} ${FROM[source] ?? source}`,
      runs: `in ${plural(runs, "run")}`,
    }));
}
