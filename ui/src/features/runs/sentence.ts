/** What a person would say of the runs listed, from their counts. Pure. */
import type { Facets } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import { rangeWords } from "../../grammar/range";
import type { Words } from "../../ui/Sentence";
import { isChosen, type RunsSearch } from "./search";

const STATUSES = ["running", "success", "failed", "timeout", "cancelled"];

export interface RunCounts {
  total: number;
  failed: number;
  timedOut: number;
  running: number;
  cancelled: number;
  /** Ended well and yet did not do their job. */
  unsuccessful: number;
}

/** A facet leaves its own filter out of account; here it counts. */
function countsOf(facets: Facets, field: "status" | "success", search: RunsSearch) {
  const entries = (facets[field] ?? []).filter(
    ({ value }) => !search[field] || isChosen(search, field, value),
  );
  return (value: string) => entries.find((entry) => entry.value === value)?.count ?? 0;
}

export function runCounts(facets: Facets, search: RunsSearch): RunCounts {
  const byStatus = countsOf(facets, "status", search);
  const bySuccess = countsOf(facets, "success", search);
  return {
    total: STATUSES.reduce((sum, status) => sum + byStatus(status), 0),
    failed: byStatus("failed"),
    timedOut: byStatus("timeout"),
    running: byStatus("running"),
    cancelled: byStatus("cancelled"),
    unsuccessful: bySuccess("false"),
  };
}

/**
 * `failedFacets` are the counts of the failed runs alone: when all are of one agent, that is said,
 * unless the list is narrowed to it already.
 */
export function runsSentence(
  facets: Facets,
  failedFacets: Facets | undefined,
  search: RunsSearch,
): Words[] {
  const { total, failed, timedOut, running, cancelled, unsuccessful } = runCounts(facets, search);
  const when = rangeWords(search.since);
  if (total === 0) return [{ text: `No runs${when} match.` }];

  const bad: Words[][] = [];
  if (failed > 0) {
    bad.push([{ text: `${share(failed, total)} failed`, tone: "bad" }]);
    const common =
      failedFacets && failed > 1 && !search.agent ? agentOfAll(failedFacets, facets, failed) : null;
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
  if (cancelled > 0) {
    const were = cancelled === 1 ? "was" : "were";
    const text = `${formatCount(ended - cancelled)} of ${plural(ended, "run")} ended well, ${formatCount(cancelled)} ${were} cancelled`;
    return [{ text: text + ending }];
  }
  const well = ended === 1 ? "The one run ended well" : `All ${formatCount(ended)} runs ended well`;
  return [
    { text: `${well}${running > 0 ? `, ${formatCount(running)} still under way` : ""}${ending}` },
  ];
}

function share(count: number, total: number): string {
  if (count < total) return `${formatCount(count)} of ${plural(total, "run")}`;
  return total === 1 ? "The one run" : `All ${formatCount(total)} runs`;
}

/** The one agent that all failed runs are of, where there are others. */
function agentOfAll(failedFacets: Facets, facets: Facets, failed: number): string | null {
  const shared = (failedFacets.agent ?? []).filter((entry) => entry.count === failed);
  return shared.length === 1 && (facets.agent?.length ?? 0) > 1 ? (shared[0]?.value ?? null) : null;
}
