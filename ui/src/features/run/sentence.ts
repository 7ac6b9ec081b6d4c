/** What a person would say of one run. Pure. */
import type { Run, Span } from "../../api/types";
import { formatDuration, oneLine, plural } from "../../grammar/format";
import type { Words } from "../../ui/Sentence";

/** `failing` is the span the failure began in; what it says of itself stands before what the run says. */
export function runSentence(run: Run, failing: Span | null): Words[] {
  const lasted = run.duration_ms === null ? "" : ` ${formatDuration(run.duration_ms)}`;
  switch (run.status) {
    case "running":
      return [{ text: "Under way", tone: "good" }, { text: `: ${callsSoFar(run)} so far.` }];
    case "failed":
      return [
        { text: "Failed", tone: "bad" },
        ...(lasted ? [{ text: ` after${lasted}` }] : []),
        ...(failing ? [{ text: " in " }, { text: failing.tool ?? failing.name, code: true }] : []),
        { text: errorWords(failing?.error ?? run.error) },
      ];
    case "timeout":
      return [
        { text: "Timed out", tone: "bad" },
        { text: `${lasted ? ` after${lasted}` : ""}${errorWords(run.error)}` },
      ];
    case "cancelled":
      return [{ text: `Cancelled${lasted ? ` after${lasted}` : ""}.` }];
    default:
      return finished(run, lasted);
  }
}

function finished(run: Run, lasted: string): Words[] {
  const children: Words[] =
    run.failed_children > 0
      ? [
          { text: " " },
          {
            text: `${plural(run.failed_children, "child run")} of it failed.`,
            tone: "bad",
          },
        ]
      : [];
  if (run.success === false) {
    const why = run.outcome ? `: ${oneLine(run.outcome, 120)}.` : ".";
    return [
      { text: "Finished, but " },
      { text: "did not do its job", tone: "bad" },
      { text: why },
      ...children,
    ];
  }
  if (run.success === true) {
    const outcome = run.outcome ? `: ${oneLine(run.outcome, 120)}.` : ".";
    return [{ text: `Did its job${lasted ? ` in${lasted}` : ""}${outcome}` }, ...children];
  }
  if (run.outcome) {
    return [
      { text: `Finished${lasted ? ` in${lasted}` : ""}: ${oneLine(run.outcome, 120)}.` },
      ...children,
    ];
  }
  return [
    { text: `Finished${lasted ? ` in${lasted}` : ""}; it did not say whether it did its job.` },
    ...children,
  ];
}

function callsSoFar(run: Run): string {
  const calls = plural(run.model_calls, "model call");
  return run.tool_calls > 0 ? `${calls} and ${plural(run.tool_calls, "tool call")}` : calls;
}

function errorWords(error: Run["error"]): string {
  const said = error?.message ?? error?.type;
  if (!said) return ".";
  const line = oneLine(said, 160);
  return `: ${line}${/[.!?…]$/.test(line) ? "" : "."}`;
}
