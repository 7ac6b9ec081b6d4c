/** What of a run was estimated rather than reported, as its metadata says. */
import type { Run } from "../api/types";

export function estimates(run: Pick<Run, "metadata">): { tokens: boolean; timing: boolean } {
  return {
    tokens: run.metadata?.tokens === "estimated",
    timing: run.metadata?.timing === "synthetic",
  };
}
