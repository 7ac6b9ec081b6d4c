/** The account's keys: who may send, read, and administer. A secret is shown once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { answer, client, login, failureOf } from "../../api/client";
import type { Key, Status } from "../../api/types";
import { Failure, FailureLine } from "../../app/Failure";
import { Ago } from "../../grammar/figures";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Loading } from "../../ui/States";
import styles from "./SettingsPage.module.css";

const SCOPES = [
  { scope: "write", does: "send runs" },
  { scope: "read", does: "see everything of the account" },
  { scope: "admin", does: "delete, and change keys, prices and retention" },
] as const;

export function Keys({ status }: { status: Status }) {
  const queryClient = useQueryClient();
  const keys = useQuery({
    queryKey: ["keys"],
    queryFn: ({ signal }) => answer<{ keys: Key[] }>(client.GET("/api/v1/keys", { signal })),
    select: (data) => data.keys,
  });
  const revoking = useMutation({
    mutationFn: (id: string) =>
      answer<undefined>(client.DELETE("/api/v1/keys/{id}", { params: { path: { id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["keys"] }),
  });
  const error = failureOf(keys);
  if (error)
    return (
      <div className={styles.part}>
        <Failure error={error} onRetry={() => void keys.refetch()} />
      </div>
    );
  if (!keys.data) return <Loading label="Loading the keys" rows={4} />;
  return (
    <div className={styles.part}>
      <NewKey first={!status.keys_required} />
      {revoking.isError ? <FailureLine error={revoking.error} /> : null}
      {keys.data.length === 0 ? (
        <p className="dim">
          There are no keys. As long as there are none, this server answers only on its own machine
          and asks nobody.
        </p>
      ) : (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Keys">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">name</th>
                <th scope="col">scopes</th>
                <th scope="col">made</th>
                <th scope="col">state</th>
                <th scope="col">
                  <span className="visually-hidden">revoke</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {keys.data.map((key) => (
                <tr key={key.id}>
                  <td title={key.id}>
                    <bdi>{key.name || key.id}</bdi>
                  </td>
                  <td>
                    {key.scopes.join(", ")}
                    {key.agent ? <bdi> for {key.agent}</bdi> : null}
                  </td>
                  <td>
                    <Ago at={key.created_at} />
                  </td>
                  <td>
                    {key.revoked_at ? (
                      <span className="dim">
                        revoked <Ago at={key.revoked_at} />
                      </span>
                    ) : (
                      "in use"
                    )}
                  </td>
                  <td className={styles.right}>
                    {key.revoked_at ? null : (
                      <Revoke
                        name={key.name || key.id}
                        onRevoke={() => revoking.mutate(key.id)}
                        busy={revoking.isPending}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

/** Asks once more: what uses the key stops at once. */
function Revoke({ name, onRevoke, busy }: { name: string; onRevoke: () => void; busy: boolean }) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <Button look="quiet" onClick={() => setAsking(true)} aria-label={`Revoke ${name}`}>
        Revoke
      </Button>
    );
  }
  return (
    <>
      <Button look="primary" disabled={busy} onClick={onRevoke}>
        Revoke at once
      </Button>{" "}
      <Button look="quiet" onClick={() => setAsking(false)}>
        Keep
      </Button>
    </>
  );
}

function NewKey({ first }: { first: boolean }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [agent, setAgent] = useState("");
  const [scopes, setScopes] = useState<string[]>(first ? ["write", "read", "admin"] : ["write"]);
  const making = useMutation({
    mutationFn: async () => {
      const body = agent ? { name, agent } : { name, scopes };
      const key = await answer<Key>(client.POST("/api/v1/keys", { body }));
      // With the first key the server begins to ask for one: this page is logged in by it.
      if (first && key.secret) await login(key.secret);
      return key;
    },
    onSuccess: () => {
      setName("");
      setAgent("");
    },
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ["keys"] });
      await queryClient.invalidateQueries({ queryKey: ["status"] });
    },
  });
  const locksOut = first && (agent !== "" || !scopes.includes("read") || !scopes.includes("admin"));
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!locksOut) making.mutate();
  }
  return (
    <section aria-labelledby="new-key">
      <h3 id="new-key">New key</h3>
      <form className={styles.form} onSubmit={submit}>
        <label>
          Name
          <input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} />
        </label>
        <fieldset disabled={agent !== ""}>
          <legend>It may</legend>
          <div>
            {SCOPES.map(({ scope, does }) => (
              <label key={scope} title={does}>
                <input
                  type="checkbox"
                  checked={agent === "" && scopes.includes(scope)}
                  onChange={(event) =>
                    setScopes(
                      event.target.checked
                        ? [...scopes, scope]
                        : scopes.filter((each) => each !== scope),
                    )
                  }
                />
                {scope}
              </label>
            ))}
          </div>
        </fieldset>
        {first ? null : (
          <label>
            Or only ping, for the agent
            <input value={agent} onChange={(event) => setAgent(event.target.value)} />
          </label>
        )}
        <Button
          type="submit"
          look="primary"
          disabled={making.isPending || locksOut || (agent === "" && scopes.length === 0)}
        >
          Make the key
        </Button>
      </form>
      {first ? (
        <p className={locksOut ? "bad" : "dim"}>
          With the first key this server asks everybody for one, so it needs read and admin. You
          stay logged in here.
        </p>
      ) : null}
      {making.isError ? <FailureLine error={making.error} /> : null}
      {making.data?.secret ? (
        <div role="status">
          <p>
            <b>Copy it now: it is not shown again.</b>
          </p>
          <CodeBlock label={making.data.name || "key"} code={making.data.secret} />
        </div>
      ) : null}
    </section>
  );
}
