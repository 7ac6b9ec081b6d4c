/** The choice of a run to lay beside this one: those of the same agent, of the same name first. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Run, RunPage } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { Ago, Cost, Duration } from "../../grammar/figures";
import { oneLine } from "../../grammar/format";
import { Outcome, RunStatus } from "../../grammar/RunStatus";
import { Button } from "../../ui/Button";
import { Sheet } from "../../ui/Sheet";
import { Loading } from "../../ui/States";
import styles from "./CompareWith.module.css";

const CHOICES_MAX = 100;

export function CompareWith({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Compare</Button>
      <Sheet open={open} onOpenChange={setOpen} title="Compare with" side="center">
        {open ? <Choices run={run} /> : null}
      </Sheet>
    </>
  );
}

function Choices({ run }: { run: Run }) {
  const [text, setText] = useState("");
  const runs = useQuery({
    queryKey: ["compare-with", run.agent, text],
    queryFn: async ({ signal }) => {
      const page = await answer<RunPage>(
        client.GET("/api/v1/runs", {
          params: {
            query: {
              limit: CHOICES_MAX,
              ...(run.agent ? { agent: [run.agent] } : {}),
              ...(text ? { q: text } : {}),
            },
          },
          signal,
        }),
      );
      return page.runs;
    },
  });
  const others = (runs.data ?? []).filter(({ id }) => id !== run.id);
  const order = [
    ...others.filter(({ name }) => name === run.name),
    ...others.filter(({ name }) => name !== run.name),
  ];
  return (
    <div className={styles.choices}>
      <input
        type="search"
        aria-label="Find a run"
        placeholder="Find a run"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {runs.isPending ? <Loading label="Loading the runs" rows={5} /> : null}
      {runs.isLoadingError ? (
        <FailureLine error={runs.error} onRetry={() => void runs.refetch()} />
      ) : null}
      {runs.isSuccess && order.length === 0 ? (
        <p className="dim">{`No other run${run.agent ? ` of ${oneLine(run.agent, 60)}` : ""} is there.`}</p>
      ) : null}
      <ul>
        {order.map((other) => (
          <li key={other.id}>
            <Link
              to="/runs/$runId/compare/$otherId"
              params={{ runId: run.id, otherId: other.id }}
              className={styles.choice}
            >
              <RunStatus status={other.status} iconOnly />
              <bdi>{oneLine(other.name || other.id, 80)}</bdi>
              <Outcome success={other.success} outcome={other.outcome} />
              <span className={styles.figures}>
                <Duration ms={other.duration_ms} startedAt={other.started_at} />
                <Cost usd={other.cost_usd} source={other.cost_source} />
                <Ago at={other.started_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
