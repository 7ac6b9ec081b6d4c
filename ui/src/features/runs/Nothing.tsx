/** The list that is empty for what was asked: which part excludes all, and the way out of it. */
import { useQueries } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Facets } from "../../api/types";
import { plural } from "../../grammar/format";
import { Button } from "../../ui/Button";
import {
  askedParts,
  questionsOf,
  verdicts,
  withoutPart,
  type AskedPart,
  type Verdict,
} from "./nothing";
import styles from "./RunsPage.module.css";
import { facetsQuery, type RunsSearch } from "./search";
import { runCounts } from "./sentence";

async function countRuns(search: RunsSearch, signal: AbortSignal): Promise<number> {
  const facets = await answer<Facets>(
    client.GET("/api/v1/runs/facets", {
      params: { query: facetsQuery(search, Date.now()) },
      signal,
    }),
  );
  return runCounts(facets, search).total;
}

export function Nothing({
  search,
  onSearch,
}: {
  search: RunsSearch;
  onSearch: (search: RunsSearch) => void;
}) {
  const parts = askedParts(search);
  const counts = useQueries({
    queries: parts.map((part) => ({
      queryKey: ["nothing", search, part.param],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const questions = questionsOf(search, part);
        const [others, alone] = await Promise.all([
          countRuns(questions.others, signal),
          parts.length === 1 ? Promise.resolve(0) : countRuns(questions.alone, signal),
        ]);
        return { part, others, alone };
      },
    })),
  });
  const known = counts.flatMap(({ data }) => data ?? []);
  return (
    <div className={styles.nothing}>
      <p>No run matches.</p>
      {known.length === parts.length ? (
        <ul className={styles.verdicts} aria-label="Why">
          {verdicts(known).map((verdict) => (
            <li key={verdict.type === "together" ? "" : `${verdict.type} ${verdict.part.param}`}>
              <Words verdict={verdict} onRemove={(part) => onSearch(withoutPart(search, part))} />
            </li>
          ))}
        </ul>
      ) : null}
      <Button onClick={() => onSearch({})}>Clear everything</Button>
    </div>
  );
}

function Words({ verdict, onRemove }: { verdict: Verdict; onRemove: (part: AskedPart) => void }) {
  if (verdict.type === "together") {
    return <>Each part has runs, but no run has them all; taking one away is not enough.</>;
  }
  const name = (
    <b>
      {verdict.part.label} <bdi>{verdict.part.value}</bdi>
    </b>
  );
  if (verdict.type === "absent") return <>No run at all matches {name}.</>;
  return (
    <>
      Without {name}, {plural(verdict.others, "run")} would match.{" "}
      <button type="button" className="link" onClick={() => onRemove(verdict.part)}>
        Remove it
      </button>
    </>
  );
}
