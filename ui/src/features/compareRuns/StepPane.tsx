/** One aligned step: the figures of both sides, then what went in and what came out, laid into each other. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { failureOf } from "../../api/client";
import type { Run, Span } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Cost, Duration, Tokens } from "../../grammar/figures";
import { KindIcon } from "../../grammar/KindIcon";
import { LongText } from "../../ui/LongText";
import { Loading } from "../../ui/States";
import { isFailing } from "../run/tree";
import { spanQuery } from "../run/useRun";
import styles from "./CompareRuns.module.css";
import { inputText, outputText } from "./stepText";

const TextDiff = lazy(() => import("./TextDiff"));

export function StepPane({
  runA,
  runB,
  a,
  b,
}: {
  runA: Run;
  runB: Run;
  a: Span | undefined;
  b: Span | undefined;
}) {
  const detailA = useQuery({ ...spanQuery(runA.id, a?.id ?? ""), enabled: a !== undefined });
  const detailB = useQuery({ ...spanQuery(runB.id, b?.id ?? ""), enabled: b !== undefined });
  const shown = a ?? b;
  const error = failureOf(detailA, detailB);
  const waits = (a !== undefined && !detailA.data) || (b !== undefined && !detailB.data);
  return (
    <section className={styles.pane} aria-label="Step">
      <header className={styles.paneHead}>
        {shown ? <KindIcon kind={shown.kind} /> : null}
        <h2>
          <bdi>{shown?.name}</bdi>
        </h2>
      </header>
      <table className={styles.figuresTable}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">run</span>
            </th>
            <th scope="col">model or tool</th>
            <th scope="col">time</th>
            <th scope="col">tokens</th>
            <th scope="col">cost</th>
            <th scope="col">span</th>
          </tr>
        </thead>
        <tbody>
          <Figures letter="A" run={runA} span={a} />
          <Figures letter="B" run={runB} span={b} />
        </tbody>
      </table>
      {error ? (
        <Failure
          error={error}
          what="span"
          onRetry={() => void (detailA.isError ? detailA : detailB).refetch()}
        />
      ) : waits ? (
        <Loading label="Loading the step" />
      ) : (
        <>
          <Texts
            label="input"
            a={detailA.data ? inputText(detailA.data) : null}
            b={detailB.data ? inputText(detailB.data) : null}
          />
          <Texts
            label="output"
            a={detailA.data ? outputText(detailA.data) : null}
            b={detailB.data ? outputText(detailB.data) : null}
          />
        </>
      )}
    </section>
  );
}

function Figures({ letter, run, span }: { letter: "A" | "B"; run: Run; span: Span | undefined }) {
  return (
    <tr>
      <th scope="row">
        <span className={styles.letter} data-letter={letter}>
          {letter}
        </span>
      </th>
      {span ? (
        <>
          <td>
            <bdi className={isFailing(span) ? "bad" : undefined}>
              {span.model ?? span.tool ?? span.name}
              {isFailing(span) ? " failed" : ""}
            </bdi>
          </td>
          <td>
            <Duration ms={span.duration_ms} startedAt={span.started_at} />
          </td>
          <td>
            {span.tokens ? <Tokens tokens={span.tokens} estimated={span.tokens_estimated} /> : null}
          </td>
          <td>{span.cost_usd ? <Cost usd={span.cost_usd} source={span.cost_source} /> : null}</td>
          <td>
            <Link
              to="/runs/$runId"
              params={{ runId: run.id }}
              search={{ span: span.id }}
              className="link"
            >
              open
            </Link>
          </td>
        </>
      ) : (
        <td colSpan={5} className="faint">
          has no such step
        </td>
      )}
    </tr>
  );
}

function Texts({ label, a, b }: { label: string; a: string | null; b: string | null }) {
  const one = a ?? b ?? "";
  const both = a !== null && b !== null;
  const note = !both ? (a !== null ? "only in A" : "only in B") : a === b ? "the same" : "differs";
  return (
    <section className={styles.texts} aria-label={label}>
      <h3>
        {label} <span className="faint">{note}</span>
      </h3>
      <div>
        {one === "" && (!both || b === "") ? (
          <span className="faint">not recorded</span>
        ) : both && a !== b ? (
          <Suspense fallback={<Loading label="Comparing" rows={3} />}>
            <TextDiff a={a} b={b} />
          </Suspense>
        ) : (
          <LongText text={one} className={styles.text} />
        )}
      </div>
    </section>
  );
}
