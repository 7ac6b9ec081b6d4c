/** What a person would say of two runs side by side: how they ended, then what B cost more or less. Pure. */
import type { Run } from "../../api/types";
import { formatCost, formatDuration } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";
import { costDifference, difference } from "./align";

export function compareSentence(a: Run, b: Run): Words[] {
  const words: Words[] = [];
  const [left, right] = [ending(a), ending(b)];
  if (left.text === right.text) words.push({ text: `Both ${left.text}` });
  else {
    words.push({ text: "A " }, left, { text: ", B " }, right);
  }
  const took = difference(a.duration_ms, b.duration_ms);
  const cost = costDifference(a.cost_usd, b.cost_usd);
  const more: string[] = [];
  if (took !== null && took !== 0) {
    more.push(`took ${formatDuration(Math.abs(took))} ${took > 0 ? "longer" : "less"}`);
  }
  if (cost !== null && cost !== 0) {
    more.push(`cost ${formatCost(String(Math.abs(cost)))} ${cost > 0 ? "more" : "less"}`);
  }
  words.push({ text: more.length > 0 ? `; B ${more.join(" and ")}.` : "." });
  return words;
}

function ending(run: Run): Words {
  if (run.status === "failed") return { text: "failed", tone: "bad" };
  if (run.status === "timeout") return { text: "timed out", tone: "bad" };
  if (run.status === "running") return { text: "is under way" };
  if (run.status === "cancelled") return { text: "was cancelled" };
  if (run.success === false) return { text: "did not do its job", tone: "bad" };
  if (run.success === true) return { text: "did its job", tone: "good" };
  return { text: "ended well" };
}
