/** What is stored, how large it is, and how long it is kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Status } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { formatBytes, formatCount, plural } from "../../grammar/format";
import { CodeBlock } from "../../ui/CodeBlock";
import { Field, Form } from "../../ui/Form";
import styles from "./SettingsPage.module.css";

const DAY_SECONDS = 86_400;

interface Account {
  name: string;
  retain_seconds: number | null;
}

export function Data({ status }: { status: Status }) {
  return (
    <div className={styles.part}>
      <section aria-labelledby="stored">
        <h3 id="stored">Stored</h3>
        <dl className={styles.facts}>
          <dt>Runs</dt>
          <dd>{formatCount(status.runs)}</dd>
          <dt>Spans and events</dt>
          <dd>{formatCount(status.spans)}</dd>
          <dt>On disk</dt>
          <dd>
            {status.disk_bytes > 0
              ? `${formatBytes(status.disk_bytes)} for all accounts, ${plural(status.segments, "segment file")}`
              : "nothing: this server keeps everything in memory and forgets it at its end"}
          </dd>
          <dt>Writes</dt>
          <dd>
            {status.writable ? (
              "are taken"
            ) : (
              <span className="bad">are refused: {status.read_only_reason}</span>
            )}
          </dd>
          {status.damaged_segments.length > 0 ? (
            <>
              <dt>Damaged files</dt>
              <dd className="bad">{status.damaged_segments.join(", ")}</dd>
            </>
          ) : null}
          {status.dropped_logs > 0 ? (
            <>
              <dt>Log records dropped</dt>
              <dd>{formatCount(status.dropped_logs)} without a run</dd>
            </>
          ) : null}
        </dl>
      </section>
      <Retention account={status.account} />
      <section aria-labelledby="accounts">
        <h3 id="accounts">Accounts</h3>
        <p className="dim">
          This page knows of its own account only: <code>{status.account}</code>. Accounts are made,
          listed and deleted on the server's machine; each needs a key of its own from then on.
        </p>
        <CodeBlock
          label="on the server's machine"
          code={
            "vedette accounts list\nvedette accounts create NAME\nvedette keys create --account NAME"
          }
        />
      </section>
    </div>
  );
}

function Retention({ account }: { account: string }) {
  const queryClient = useQueryClient();
  const accounts = useQuery({
    queryKey: ["accounts"],
    queryFn: ({ signal }) =>
      answer<{ accounts: Account[] }>(client.GET("/api/v1/accounts", { signal })),
    select: (data) => data.accounts.find(({ name }) => name === account),
    retry: false,
  });
  return (
    <section aria-labelledby="retention">
      <h3 id="retention">Retention</h3>
      {accounts.isLoadingError ? (
        <FailureLine error={accounts.error} onRetry={() => void accounts.refetch()} />
      ) : accounts.data ? (
        <RetentionForm
          key={accounts.data.retain_seconds}
          account={accounts.data}
          onSaved={() => void queryClient.invalidateQueries({ queryKey: ["accounts"] })}
        />
      ) : null}
    </section>
  );
}

function RetentionForm({ account, onSaved }: { account: Account; onSaved: () => void }) {
  const kept = account.retain_seconds;
  const [days, setDays] = useState(kept === null ? "" : String(kept / DAY_SECONDS));
  const saving = useMutation({
    mutationFn: () =>
      answer<undefined>(
        client.PATCH("/api/v1/accounts/{name}", {
          params: { path: { name: account.name } },
          body: { retain_seconds: days === "" ? null : Math.round(Number(days) * DAY_SECONDS) },
        }),
      ),
    onSuccess: onSaved,
  });
  const shorter = days !== "" && (kept === null || Number(days) * DAY_SECONDS < kept);
  return (
    <Form label="Retention" save="Save" saving={saving} onSubmit={() => saving.mutate()}>
      <p className="dim">
        {kept === null
          ? "Runs are kept as long as the server says (--retain), which is for ever unless it says otherwise."
          : `Runs are kept for ${formatCount(kept / DAY_SECONDS)} days after they were last heard of.`}
      </p>
      <Field label="Days to keep runs" hint="as the server says if empty">
        <input
          type="number"
          min="1"
          max="36500"
          step="any"
          value={days}
          onChange={(event) => setDays(event.target.value)}
        />
      </Field>
      {shorter ? <p className="warn">Older runs are deleted soon after saving.</p> : null}
    </Form>
  );
}
