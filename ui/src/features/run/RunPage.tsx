/** One run: the sentence and its figures, the tree with its timeline, the span chosen. */
import { useNavigate, useParams, useRouterState, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { failureOf } from "../../api/client";
import { Failure } from "../../app/Failure";
import { Split } from "../../ui/Split";
import { sentenceText } from "../../ui/Sentence";
import { Loading, Notice } from "../../ui/States";
import { useShortcuts } from "../../ui/shortcuts";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { foldedWords, isFoldable } from "./folding";
import { RunHeader } from "./RunHeader";
import styles from "./RunPage.module.css";
import type { RunSearch, View } from "./search";
import { runSentence } from "./sentence";
import { SpanPane } from "./SpanPane";
import { firstFailing, type SpanTree } from "./tree";
import { TreePane } from "./TreePane";
import { useNeighbors, useRun } from "./useRun";

// The other ways to look are fetched when first looked at.
const TalkView = lazy(() => import("./TalkView").then(({ TalkView: view }) => ({ default: view })));
const GraphView = lazy(() =>
  import("./GraphView").then(({ GraphView: view }) => ({ default: view })),
);
const FlameView = lazy(() =>
  import("./FlameView").then(({ FlameView: view }) => ({ default: view })),
);

export function RunPage() {
  const { runId } = useParams({ from: "/shell/runs/$runId" });
  const search = useSearch({ from: "/shell/runs/$runId" });
  const navigate = useNavigate();
  const listed = useRouterState({ select: ({ location }) => location.state.runIds });
  const { run, spans, tree } = useRun(runId);
  const { previous, next } = useNeighbors(run.data?.id ?? runId, listed);

  const setSearch = useCallback(
    (change: Partial<Record<keyof RunSearch, string | undefined>>) =>
      void navigate({
        to: "/runs/$runId",
        params: { runId },
        search: (before) => ({ ...before, ...change }) as RunSearch,
        state: (before) => before,
        replace: true,
        resetScroll: false,
      }),
    [navigate, runId],
  );

  function toRun(id: string | undefined) {
    if (!id) return;
    // In the place of this one, so that Back leads to the list however many were looked at.
    void navigate({
      to: "/runs/$runId",
      params: { runId: id },
      state: (before) => before,
      replace: true,
    });
  }
  useShortcuts([
    { keys: ["["], does: "Previous run of the list", run: () => toRun(previous) },
    { keys: ["]"], does: "Next run of the list", run: () => toRun(next) },
    {
      keys: ["Escape"],
      does: "Back to the runs",
      run: () => (listed ? window.history.back() : void navigate({ to: "/runs" })),
    },
  ]);

  const failed = run.data?.status === "failed" || run.data?.status === "timeout";
  const failing = useMemo(() => (tree && failed ? firstFailing(tree) : -1), [tree, failed]);
  const foldable = useMemo(() => (tree ? foldedWords(tree) : null), [tree]);
  const selected = tree ? selectedIndex(tree, search.span, failing) : -1;
  const sentence = run.data ? runSentence(run.data, tree?.nodes[failing]?.span ?? null) : [];
  useDocumentTitle(run.data ? `${run.data.name || run.data.id}: ${sentenceText(sentence)}` : "Run");

  const error = failureOf(run);
  const spansError = failureOf(spans);
  if (error) {
    return <Failure error={error} what="run" onRetry={() => void run.refetch()} />;
  }
  if (!run.data) return <Loading label="Loading the run" rows={12} />;

  const selectedNode = tree?.nodes[selected];
  const onSelect = (span: string) => setSearch({ span });
  const onView = (view: View) => setSearch({ view: view === "spans" ? undefined : view });
  const showAll = search.show === "all" || (selectedNode !== undefined && isFoldable(selectedNode));
  return (
    <div className={styles.page}>
      <RunHeader run={run.data} sentence={sentence} previous={previous} next={next} onRun={toRun} />
      {spansError ? (
        <Failure error={spansError} what="run" onRetry={() => void spans.refetch()} />
      ) : !tree ? (
        <Loading label="Loading the spans" rows={12} />
      ) : tree.nodes.length === 0 ? (
        <Notice>
          {run.data.kind === "heartbeat" || run.data.kind === "record"
            ? `This run is a ${run.data.kind}: it has figures and no spans.`
            : run.data.status === "running"
              ? "No span has arrived yet. They show here as they come."
              : "No span of this run was recorded."}
        </Notice>
      ) : (
        <Split label="Width of the spans" storageKey="vedette.run.split" className={styles.split}>
          <Suspense fallback={<Loading label="Loading the view" rows={12} />}>
            {search.view === "talk" ? (
              <TalkView
                tree={tree}
                selected={selected}
                onView={onView}
                run={run.data}
                onSelect={onSelect}
              />
            ) : search.view === "agents" ? (
              <GraphView tree={tree} selected={selected} onView={onView} onSelect={onSelect} />
            ) : search.view === "flame" ? (
              <FlameView
                tree={tree}
                selected={selected}
                onView={onView}
                search={search}
                onSearch={setSearch}
              />
            ) : (
              <TreePane
                tree={tree}
                selected={selected}
                onView={onView}
                run={run.data}
                search={search}
                folded={showAll ? null : foldable}
                canUnfold={foldable !== null}
                onSearch={setSearch}
              />
            )}
          </Suspense>
          {selectedNode ? (
            <SpanPane
              key={selectedNode.span.id}
              run={run.data}
              tree={tree}
              index={selected}
              tab={search.tab}
              onTab={(tab) => setSearch({ tab })}
              onSelect={onSelect}
            />
          ) : (
            <Notice>
              The address names a span that this run does not have. Choose one on the left.
            </Notice>
          )}
        </Split>
      )}
    </div>
  );
}

/** The one in the address; else where the failure began; else the first. */
function selectedIndex(tree: SpanTree, spanId: string | undefined, failing: number): number {
  if (spanId !== undefined) return tree.indexById.get(spanId) ?? -1;
  return failing === -1 ? 0 : failing;
}
