/** What became of the files, in a sentence. Pure. */
import type { UploadReport } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

type Counts = Pick<UploadReport, "runs" | "new_spans" | "skipped_count">;

/** A file that was here whole counts no run again. */
export const isKnown = ({ runs, new_spans }: Counts) => runs > 0 && new_spans === 0;

export function uploadSentence(reports: Counts[]): Words[] {
  if (reports.length === 0) return [{ text: "Bring traces from a file." }];
  const fresh = reports.filter((report) => !isKnown(report));
  const known = reports.length - fresh.length;
  const runs = fresh.reduce((sum, report) => sum + report.runs, 0);
  const refused = reports.reduce((sum, report) => sum + report.skipped_count, 0);
  const said =
    fresh.length === 0
      ? known === 1
        ? "Nothing new: this file was here already"
        : `Nothing new: these ${formatCount(known)} files were here already`
      : `${plural(runs, "run")} from ${plural(fresh.length, "file")}`;
  const also =
    fresh.length === 0 || known === 0
      ? ""
      : `; ${plural(known, "file")} ${known === 1 ? "was" : "were"} here already`;
  return [
    { text: said + also },
    ...(refused > 0
      ? [{ text: ", " }, { text: `${plural(refused, "line")} refused`, tone: "bad" as const }]
      : []),
    { text: "." },
  ];
}
