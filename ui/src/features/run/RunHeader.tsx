import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runIncidentQuery } from "../../api/queries";
import type { Run, RunWithScores } from "../../api/types";
import { estimates } from "../../grammar/estimates";
import { Clock, Cost, Duration } from "../../grammar/figures";
import { costSource, formatCount, oneLine, plural } from "../../grammar/format";
import { IncidentStatus } from "../../grammar/IncidentStatus";
import { Outcome, RunStatus } from "../../grammar/RunStatus";
import { Button, buttonClass } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { Sentence, type Words } from "../../ui/Sentence";
import { Unknown } from "../../ui/Unknown";
import { useLiveIncidents } from "../incidents/useIncidents";
import { CompareWith } from "./CompareWith";
import styles from "./RunHeader.module.css";

export function RunHeader({
  run,
  sentence,
  previous,
  next,
  onRun,
}: {
  run: RunWithScores;
  sentence: Words[];
  previous: string | undefined;
  next: string | undefined;
  onRun: (id: string | undefined) => void;
}) {
  return (
    <header className={styles.header}>
      <div className={styles.top}>
        <nav aria-label="Where this is" className={styles.crumb}>
          <Link to="/runs">Runs</Link>
          {run.agent ? (
            <>
              <i>/</i>
              <Link to="/runs" search={{ agent: run.agent }}>
                <bdi>{run.agent}</bdi>
              </Link>
            </>
          ) : null}
          <i>/</i>
          <b title={run.id}>
            {run.name && run.name !== run.agent ? (
              <bdi>{oneLine(run.name, 80)}</bdi>
            ) : (
              shortRunId(run.id)
            )}
          </b>
        </nav>
        <div className={styles.actions}>
          <CompareWith run={run} />
          <a
            className={buttonClass}
            href={`/api/v1/runs/${encodeURIComponent(run.id)}/export`}
            download={`${run.id}.json`}
            title="This run as OTLP JSON"
          >
            Export
          </a>
          <span className={styles.pager}>
            <Button
              disabled={!previous}
              onClick={() => onRun(previous)}
              aria-label="Previous run"
              title="Previous run ([)"
            >
              [
            </Button>
            <Button
              disabled={!next}
              onClick={() => onRun(next)}
              aria-label="Next run"
              title="Next run (])"
            >
              ]
            </Button>
          </span>
        </div>
      </div>
      <Sentence words={sentence} />
      <div className={styles.facts}>
        <RunStatus status={run.status} />
        <Outcome success={run.success} outcome={run.outcome} />
        <Facts run={run} />
      </div>
      <Belongings run={run} />
    </header>
  );
}

const shortRunId = (id: string) => `${id.slice(0, 15)}…`;

function Facts({ run }: { run: Run }) {
  const estimated = estimates(run);
  const { input, output } = run.tokens;
  const mark = estimated.tokens ? "~" : "";
  const unknown = input === null && output === null;
  const count = (tokens: number | null) => (tokens === null ? "–" : mark + formatCount(tokens));
  return (
    <>
      <span className={styles.fact}>
        <Clock at={run.started_at} />
      </span>
      <span className={styles.fact}>
        <Duration ms={run.duration_ms} startedAt={run.started_at} />
      </span>
      <span className={styles.fact}>
        {`${plural(run.model_calls, "model call")}, ${plural(run.tool_calls, "tool call")}`}
      </span>
      {run.model_calls > 0 || !unknown ? (
        <>
          <span className={styles.fact}>
            {unknown ? (
              <>
                <Unknown reason="no token counts were reported" /> tokens
              </>
            ) : (
              `${count(input)} tokens in, ${count(output)} out`
            )}
          </span>
          <span className={styles.fact}>
            <Cost
              usd={run.cost_usd}
              source={run.cost_source}
              unpricedModels={run.unpriced_models}
            />
            {run.cost_usd === null
              ? " cost"
              : run.cost_source
                ? ` (${costSource(run.cost_source)})`
                : ""}
          </span>
        </>
      ) : null}
      {run.tree_cost_usd !== null && run.tree_cost_usd !== run.cost_usd ? (
        <span className={styles.fact}>
          <Cost usd={run.tree_cost_usd} /> with its child runs
        </span>
      ) : null}
      {run.presumed ? (
        <span
          className={styles.fact}
          title="Nothing said that the run ended; it fell silent, and may still go on"
        >
          end presumed
        </span>
      ) : null}
      {estimated.tokens || estimated.timing ? (
        <span className={`${styles.fact} warn`}>
          {[
            ...(estimated.tokens ? ["tokens are estimated"] : []),
            ...(estimated.timing ? ["times are synthetic"] : []),
          ].join(", ")}
        </span>
      ) : null}
    </>
  );
}

/** The others are a click away. */
const CHILDREN_SHOWN = 3;

/** What the run belongs to; each leads to the runs that share it. */
function Belongings({ run }: { run: RunWithScores }) {
  const links: { label: string; value: string; search: Record<string, string> }[] = [];
  const add = (label: string, value: string | null | undefined, param: string, shown = value) => {
    if (value) links.push({ label, value: shown ?? value, search: { [param]: value } });
  };
  const said: [string, string | null][] = [
    ["id", run.external_id ?? null],
    ["pattern", run.pattern ?? null],
  ];
  add("user", run.user_id, "user");
  add("customer", run.customer_id, "customer");
  add("feature", run.feature, "feature");
  add("workflow", run.workflow, "workflow");
  add("version", run.version, "version");
  add("environment", run.environment, "environment");
  for (const tag of run.tags) add("tag", tag, "tag");
  const children = run.child_run_ids.slice(0, CHILDREN_SHOWN);
  const found = useQuery(runIncidentQuery(run.id));
  useLiveIncidents(found.dataUpdatedAt);
  const incident = found.data;
  return (
    <ul className={styles.belongings} aria-label="Belongs to">
      {incident ? (
        <li>
          <span>incident</span>
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: incident.id }}
            title={oneLine(incident.what, 600)}
          >
            <bdi>{oneLine(incident.title, 80)}</bdi>
          </Link>
          <IncidentStatus status={incident.status} />
        </li>
      ) : null}
      {run.agent ? (
        <li>
          <span>agent</span>
          <Link to="/agents/$name" params={{ name: run.agent }} title={run.agent}>
            <bdi>{run.agent}</bdi>
          </Link>
        </li>
      ) : null}
      {run.session ? (
        <li>
          <span>session</span>
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: run.session.id }}
            title={run.session.id}
          >
            <bdi>{oneLine(run.session.name ?? run.session.id, 60)}</bdi>
          </Link>
        </li>
      ) : null}
      {run.parent_run_id ? (
        <li>
          <span>parent</span>
          <Link to="/runs/$runId" params={{ runId: run.parent_run_id }} className="mono">
            {shortRunId(run.parent_run_id)}
          </Link>
        </li>
      ) : null}
      {run.duplicate_of_run ? (
        <li>
          <span>copy of</span>
          <Link to="/runs/$runId" params={{ runId: run.duplicate_of_run }} className="mono">
            {shortRunId(run.duplicate_of_run)}
          </Link>
        </li>
      ) : null}
      {children.length > 0 ? (
        <li className={styles.children}>
          <span>{children.length === 1 ? "child run" : "child runs"}</span>
          {children.map((id) => (
            <Link key={id} to="/runs/$runId" params={{ runId: id }} className="mono" title={id}>
              {shortRunId(id)}
            </Link>
          ))}
          <Link to="/runs" search={{ root: run.root_run_id }}>
            {`the whole family${run.child_run_ids.length > children.length ? `, ${formatCount(run.child_run_ids.length - children.length)} more` : ""}`}
          </Link>
        </li>
      ) : null}
      {run.scores.map((score) => (
        <li key={score.id} title={[score.reason, score.source].filter(Boolean).join(" · ")}>
          <span>score {score.name}</span>
          <bdi>{String(score.value)}</bdi>
        </li>
      ))}
      {said.map(([label, value]) =>
        value ? (
          <li key={label}>
            <span>{label}</span>
            <bdi title={value}>{value}</bdi>
          </li>
        ) : null,
      )}
      {links.map(({ label, value, search }) => (
        <li key={`${label} ${value}`}>
          <span>{label}</span>
          <Link to="/runs" search={search} title={value}>
            <bdi>{value}</bdi>
          </Link>
        </li>
      ))}
      <li>
        <span>run</span>
        <span className="mono" title={run.id}>
          {shortRunId(run.id)}
        </span>
        <CopyButton text={() => run.id} label={`Copy the id ${run.id}`} iconOnly />
      </li>
    </ul>
  );
}
