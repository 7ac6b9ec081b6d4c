/** Two runs side by side: what they came to, then their steps aligned, then one step's texts. */
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { failureOf } from "../../api/client";
import type { RunWithScores } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Clock, Cost, Duration, Tokens } from "../../grammar/figures";
import { oneLine, plural } from "../../grammar/format";
import { Outcome, RunStatus } from "../../grammar/RunStatus";
import { buttonClass } from "../../ui/Button";
import { Sentence, sentenceText } from "../../ui/Sentence";
import { Split } from "../../ui/Split";
import { Loading, Notice } from "../../ui/States";
import { useShortcuts } from "../../ui/shortcuts";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { useRun } from "../run/useRun";
import type { SpanTree } from "../run/tree";
import { align, STEPS_MAX, stepsOf, type Preview } from "./align";
import styles from "./CompareRuns.module.css";
import type { CompareRunsSearch } from "./search";
import { compareSentence } from "./sentence";
import { StepPane } from "./StepPane";
import { StepTable } from "./StepTable";
import { usePreviews } from "./usePreviews";

export function CompareRunsPage() {
  const { runId, otherId } = useParams({ from: "/shell/runs/$runId/compare/$otherId" });
  const search = useSearch({ from: "/shell/runs/$runId/compare/$otherId" });
  const navigate = useNavigate();
  const [a, b] = [useRun(runId), useRun(otherId)];
  const [previewsA, previewsB] = [usePreviews(a.run.data), usePreviews(b.run.data)];
  const stepsA = useSteps(a.tree, previewsA);
  const stepsB = useSteps(b.tree, previewsB);
  const pairs = useMemo(
    () => (stepsA && stepsB ? align(stepsA.slice(0, STEPS_MAX), stepsB.slice(0, STEPS_MAX)) : null),
    [stepsA, stepsB],
  );
  const sentence = a.run.data && b.run.data ? compareSentence(a.run.data, b.run.data) : [];
  useDocumentTitle(sentence.length > 0 ? sentenceText(sentence) : "Compare runs");
  useShortcuts([
    {
      keys: ["Escape"],
      does: "Back to run A",
      run: () => void navigate({ to: "/runs/$runId", params: { runId } }),
    },
  ]);
  function setSearch(change: CompareRunsSearch) {
    void navigate({
      to: "/runs/$runId/compare/$otherId",
      params: { runId, otherId },
      search: change,
      replace: true,
      resetScroll: false,
    });
  }

  const asked = [a.run, b.run, a.spans, b.spans];
  const error = failureOf(...asked);
  if (error) {
    const again = () => asked.filter((each) => each.isError).forEach((each) => void each.refetch());
    return <Failure error={error} what="run" onRetry={again} />;
  }
  if (!a.run.data || !b.run.data || !stepsA || !stepsB || !pairs) {
    return <Loading label="Loading both runs" rows={12} />;
  }
  const more = Math.max(stepsA.length, stepsB.length) - STEPS_MAX;
  const opened = Number(search.step ?? 1) - 1;
  const pair = pairs[opened];
  const show = search.show === "differences" ? { show: search.show } : {};
  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <nav aria-label="Where this is" className={styles.crumb}>
          <Link to="/runs">Runs</Link>
          <i>/</i>
          <b>Compare</b>
        </nav>
        <Link
          to="/runs/$runId/compare/$otherId"
          params={{ runId: otherId, otherId: runId }}
          search={{}}
          className={`${buttonClass} ${styles.swap}`}
        >
          Swap A and B
        </Link>
      </div>
      <Sentence words={sentence} />
      <div className={styles.sides}>
        <Side letter="A" run={a.run.data} />
        <Side letter="B" run={b.run.data} />
      </div>
      {more > 0 ? (
        <Notice tone="warn">{`Compared are the first ${plural(STEPS_MAX, "step")} of each; ${plural(more, "step")} of the longer follow.`}</Notice>
      ) : null}
      {pairs.length === 0 ? (
        <Notice>Neither run has steps that could be compared.</Notice>
      ) : (
        <Split
          label="Width of the steps"
          storageKey="vedette.compare.split"
          className={styles.split}
        >
          <StepTable
            pairs={pairs}
            a={stepsA}
            b={stepsB}
            opened={opened}
            onlyDifferences={search.show === "differences"}
            onOpen={(at) => setSearch({ ...show, step: String(at + 1) })}
            onOnlyDifferences={(only) =>
              setSearch({
                ...(search.step ? { step: search.step } : {}),
                ...(only ? { show: "differences" } : {}),
              })
            }
          />
          {pair ? (
            <StepPane
              key={opened}
              runA={a.run.data}
              runB={b.run.data}
              a={stepsA[pair.a]?.span}
              b={stepsB[pair.b]?.span}
            />
          ) : (
            <Notice>There is no such step.</Notice>
          )}
        </Split>
      )}
    </div>
  );
}

function useSteps(tree: SpanTree | undefined, previews: ReadonlyMap<string, Preview> | undefined) {
  return useMemo(() => (tree && previews ? stepsOf(tree, previews) : null), [tree, previews]);
}

function Side({ letter, run }: { letter: "A" | "B"; run: RunWithScores }) {
  return (
    <section className={styles.side} aria-label={`Run ${letter}`}>
      <span className={styles.letter} data-letter={letter}>
        {letter}
      </span>
      <div>
        <p className={styles.title}>
          <Link to="/runs/$runId" params={{ runId: run.id }} className={styles.name}>
            <bdi>{oneLine(run.name || run.id, 80)}</bdi>
          </Link>
          <RunStatus status={run.status} iconOnly />
          <Outcome success={run.success} outcome={run.outcome} />
        </p>
        <p className={styles.figures}>
          {run.agent ? <bdi>{run.agent}</bdi> : null}
          {run.version ? <bdi>{run.version}</bdi> : null}
          <Clock at={run.started_at} />
          <Duration ms={run.duration_ms} startedAt={run.started_at} />
          <span>{`${plural(run.model_calls, "model call")}, ${plural(run.tool_calls, "tool call")}`}</span>
          <span>
            <Tokens tokens={run.tokens} /> tokens
          </span>
          <Cost usd={run.cost_usd} source={run.cost_source} unpricedModels={run.unpriced_models} />
        </p>
      </div>
    </section>
  );
}
