/** What a comparison says, in a sentence that claims nothing that may be noise. Pure. */
import type { Words } from "../../ui/Sentence";
import type { Verdict } from "./difference";

export interface Compared {
  success: Verdict;
  cost: Verdict;
  p95: Verdict;
}

export function compareSentence(a: string, b: string, { success, cost, p95 }: Compared): Words[] {
  const all = [success, cost, p95];
  if (all.every((verdict) => verdict === "unknown")) {
    return [{ text: `There are too few runs to compare ${a} with ${b}.` }];
  }
  const said: Words[] = [];
  if (success === "more") said.push({ text: "does its job more often", tone: "good" });
  if (success === "less") said.push({ text: "does its job less often", tone: "bad" });
  if (cost === "more") said.push({ text: "costs more", tone: "bad" });
  if (cost === "less") said.push({ text: "costs less", tone: "good" });
  if (p95 === "more") said.push({ text: "is slower", tone: "bad" });
  if (p95 === "less") said.push({ text: "is faster", tone: "good" });
  if (said.length === 0)
    return [{ text: `No difference between ${a} and ${b} is more than noise.` }];
  const joined = said.flatMap((words, at) => [
    ...(at === 0 ? [] : [{ text: at === said.length - 1 ? " and " : ", " }]),
    words,
  ]);
  const rest = all.includes("noise") ? " The rest may be noise." : "";
  return [{ text: `${b} ` }, ...joined, { text: ` than ${a}.${rest}` }];
}
