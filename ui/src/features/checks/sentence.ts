/** Do runs pass what is asked of them? Pure. */
import type { Check } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

interface Counted {
  check: Pick<Check, "name">;
  /** Undefined while they are not known. */
  counts: { runs: number; failed: number } | undefined;
}

export function checksSentence(rows: Counted[]): Words[] {
  if (rows.length === 0) return [{ text: "Nothing is asked of finished runs yet." }];
  if (rows.some(({ counts }) => !counts)) return [{ text: `${plural(rows.length, "check")}.` }];
  const failing = rows
    .filter(({ counts }) => (counts?.failed ?? 0) > 0)
    .toSorted((a, b) => (b.counts?.failed ?? 0) - (a.counts?.failed ?? 0));
  const [worst] = failing;
  const asked = rows.reduce((sum, { counts }) => sum + (counts?.runs ?? 0), 0);
  if (asked === 0) return [{ text: `${plural(rows.length, "check")}, no run asked yet.` }];
  if (!worst?.counts) {
    return [
      { text: "Every run passed", tone: "good" },
      { text: ` what ${plural(rows.length, "check")} asked.` },
    ];
  }
  const rest = failing.length - 1;
  return [
    { text: `${worst.check.name}: ` },
    {
      text: `${formatCount(worst.counts.failed)} of ${plural(worst.counts.runs, "run")} did not pass`,
      tone: "bad",
    },
    { text: rest === 0 ? "." : `; ${plural(rest, "other check")} failed too.` },
  ];
}
