/** The first characters of what each span of a run took and gave, asked of the tables in one go. */
import { useQuery } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Run } from "../../api/types";
import { STEPS_MAX, type Preview } from "./align";

const NONE: ReadonlyMap<string, Preview> = new Map();

/** Undefined until they are there. Without them steps are compared by their kind and name alone. */
export function usePreviews(run: Run | undefined): ReadonlyMap<string, Preview> | undefined {
  const previews = useQuery({
    queryKey: ["previews", run?.trace_id],
    enabled: run !== undefined,
    queryFn: async ({ signal }) => {
      // 32 hex digits by contract; anything else must not become part of a query.
      if (!run || !/^[0-9a-f]{32}$/.test(run.trace_id)) return NONE;
      const query = `SELECT id, input_preview, output_preview FROM spans WHERE run_id = '${run.trace_id}' ORDER BY started_at LIMIT ${STEPS_MAX * 3}`;
      const { rows } = await answer<{ rows: (string | null)[][] }>(
        client.POST("/api/v1/sql", { body: { query }, signal }),
      );
      return new Map(
        rows.map(([id, input, output]) => [
          id ?? "",
          { input: input ?? null, output: output ?? null },
        ]),
      );
    },
  });
  return previews.isError ? NONE : previews.data;
}
