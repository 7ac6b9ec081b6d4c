/** What a person would say of the runs listed, from their counts. Pure. */
import type { Facets } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import { rangeWords } from "../../grammar/range";
import type { Words } from "../../ui/Sentence";

export interface RunCounts {
  total: number;
  failed: number;
  timedOut: number;
  running: number;
  /** Ended well and yet did not do their job. */
  unsuccessful: number;
}

function countOf(facets: Facets, field: string, value: string): number {
  return facets[field]?.find((entry) => String(entry.value) === value)?.count ?? 0;
}

export function runCounts(facets: Facets): RunCounts {
  return {
    total: (facets.status ?? []).reduce((sum, entry) => sum + entry.count, 0),
    failed: countOf(facets, "status", "failed"),
    timedOut: countOf(facets, "status", "timeout"),
    running: countOf(facets, "status", "running"),
    unsuccessful: countOf(facets, "success", "false"),
  };
}

/**
 * `failedFacets` are the counts of the failed runs alone: when all are of one agent or used one
 * tool, that is said, unless the list is narrowed to it already.
 */
export function runsSentence(
  facets: Facets,
  failedFacets: Facets | undefined,
  range: string | undefined,
): Words[] {
  const { total, failed, timedOut, running, unsuccessful } = runCounts(facets);
  const when = rangeWords(range);
  if (total === 0) return [{ text: `No runs${when} match.` }];

  const bad: Words[][] = [];
  if (failed > 0) {
    bad.push([{ text: `${share(failed, total)} failed`, tone: "bad" }]);
    const common = failedFacets && failed > 1 ? inCommon(failedFacets, facets, failed) : null;
    if (common) bad[0]?.push({ text: ", all in " }, { text: common, code: true });
  }
  const counted = (count: number) => (bad.length === 0 ? share(count, total) : formatCount(count));
  if (timedOut > 0) bad.push([{ text: `${counted(timedOut)} timed out`, tone: "bad" }]);
  if (unsuccessful > 0) {
    const whose = unsuccessful === 1 ? "its" : "their";
    bad.push([{ text: `${counted(unsuccessful)} did not do ${whose} job`, tone: "bad" }]);
  }

  const ending = `${when}.`;
  if (bad.length > 0) {
    const words = bad.flatMap((part, at) => [
      ...(at === 0 ? [] : [{ text: at === bad.length - 1 ? " and " : ", " }]),
      ...part,
    ]);
    return [...words, { text: ending }];
  }
  if (running === total) {
    return [
      { text: `${plural(running, "run")} ${running === 1 ? "is" : "are"} under way${ending}` },
    ];
  }
  const ended = total - running;
  const well = ended === 1 ? "The one run ended well" : `All ${formatCount(ended)} runs ended well`;
  return [
    { text: `${well}${running > 0 ? `, ${formatCount(running)} still under way` : ""}${ending}` },
  ];
}

function share(count: number, total: number): string {
  if (count < total) return `${formatCount(count)} of ${plural(total, "run")}`;
  return total === 1 ? "The one run" : `All ${formatCount(total)} runs`;
}

/** The one value that all failed runs share and not all runs do. */
function inCommon(failedFacets: Facets, facets: Facets, failed: number): string | null {
  for (const field of ["agent", "tool"]) {
    const values = failedFacets[field] ?? [];
    const shared = values.filter((entry) => entry.count === failed && entry.value !== null);
    if (shared.length === 1 && (facets[field]?.length ?? 0) > 1) return String(shared[0]?.value);
  }
  return null;
}
