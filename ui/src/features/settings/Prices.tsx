/** The account's own prices, which go before the bundled table. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { answer, client } from "../../api/client";
import type { Price } from "../../api/types";
import { Failure } from "../../app/Failure";
import { plural } from "../../grammar/format";
import { moment } from "../../grammar/range";
import { Button } from "../../ui/Button";
import { Loading, Notice } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import styles from "./SettingsPage.module.css";

export function Prices({ model }: { model: string | undefined }) {
  const prices = useQuery({
    queryKey: ["prices"],
    queryFn: ({ signal }) => answer<{ prices: Price[] }>(client.GET("/api/v1/prices", { signal })),
    select: (data) => data.prices,
  });
  if (prices.isError)
    return (
      <div className={styles.part}>
        <Failure error={prices.error} onRetry={() => void prices.refetch()} />
      </div>
    );
  if (!prices.data) return <Loading label="Loading the prices" rows={4} />;
  return (
    <div className={styles.part}>
      <p className="dim">
        What a provider reports of a call comes first, then the prices set here, then the table that
        comes with this version, at the time of the call.
      </p>
      <NewPrice model={model} />
      {prices.data.length === 0 ? (
        <p className="dim">No price of your own is set.</p>
      ) : (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Own prices">
          <table className={styles.table} aria-label="Own prices">
            <thead>
              <tr>
                <th scope="col">model</th>
                <th scope="col">provider</th>
                <th scope="col">from</th>
                <th scope="col" className={styles.right}>
                  input, $ per million
                </th>
                <th scope="col" className={styles.right}>
                  output
                </th>
                <th scope="col" className={styles.right}>
                  cache read
                </th>
                <th scope="col" className={styles.right}>
                  cache write
                </th>
              </tr>
            </thead>
            <tbody>
              {prices.data.map((price) => (
                <tr key={`${price.provider}/${price.model}@${price.valid_from}`}>
                  <td className="mono">
                    <bdi>{price.model}</bdi>
                  </td>
                  <td>{price.provider || <span className="faint">any</span>}</td>
                  <td>{moment(Date.parse(price.valid_from))}</td>
                  <td className={styles.right}>{price.input_per_million_usd}</td>
                  <td className={styles.right}>{price.output_per_million_usd}</td>
                  <td className={styles.right}>
                    {price.cache_read_per_million_usd ?? <Unknown reason="as input" />}
                  </td>
                  <td className={styles.right}>
                    {price.cache_write_per_million_usd ?? <Unknown reason="as input" />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {prices.data.length > 0 ? <Reprice /> : null}
    </div>
  );
}

const DAY_MS = 86_400_000;

/** A day as `<input type="date">` has it, in local time. */
function day(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

const AMOUNTS = [
  { field: "input", label: "Input, $ per million", required: true },
  { field: "output", label: "Output", required: true },
  { field: "cache_read", label: "Cache read", required: false },
  { field: "cache_write", label: "Cache write", required: false },
] as const;

function NewPrice({ model: given }: { model: string | undefined }) {
  const queryClient = useQueryClient();
  const [model, setModel] = useState(given ?? "");
  const [provider, setProvider] = useState("");
  const [from, setFrom] = useState(() => day(Date.now()));
  const [amounts, setAmounts] = useState<Record<string, string>>({});
  const setting = useMutation({
    mutationFn: () =>
      answer<undefined>(
        client.PUT("/api/v1/prices", {
          body: {
            model: model.trim(),
            provider: provider.trim(),
            valid_from: new Date(`${from}T00:00`).toISOString(),
            input_per_million_usd: amounts.input ?? "",
            output_per_million_usd: amounts.output ?? "",
            cache_read_per_million_usd: amounts.cache_read || null,
            cache_write_per_million_usd: amounts.cache_write || null,
          },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["prices"] }),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    setting.mutate();
  }
  return (
    <section aria-labelledby="new-price">
      <h3 id="new-price">Set a price</h3>
      <form className={styles.form} onSubmit={submit}>
        <label>
          Model, as calls name it
          <input value={model} required onChange={(event) => setModel(event.target.value)} />
        </label>
        <label>
          Provider (any if empty)
          <input value={provider} onChange={(event) => setProvider(event.target.value)} />
        </label>
        <label>
          From
          <input
            type="date"
            value={from}
            required
            onChange={(event) => setFrom(event.target.value)}
          />
        </label>
        {AMOUNTS.map(({ field, label, required }) => (
          <label key={field}>
            {label}
            <input
              className={styles.short}
              inputMode="decimal"
              pattern="[0-9]+([.][0-9]+)?"
              title="an amount such as 2.50"
              required={required}
              placeholder={required ? "" : "as input"}
              value={amounts[field] ?? ""}
              onChange={(event) => setAmounts({ ...amounts, [field]: event.target.value })}
            />
          </label>
        ))}
        <Button type="submit" look="primary" disabled={setting.isPending}>
          Set the price
        </Button>
      </form>
      {setting.isError ? <Notice tone="bad">{setting.error.message}</Notice> : null}
      {setting.isSuccess ? (
        <div role="status">
          <Notice>
            The price is set. It holds for calls that arrive from now on; those stored already keep
            theirs until they are priced again.
          </Notice>
        </div>
      ) : null}
    </section>
  );
}

/** Gives stored calls the own prices, from a day on. */
function Reprice() {
  const queryClient = useQueryClient();
  const [since, setSince] = useState(() => day(Date.now() - 30 * DAY_MS));
  const repricing = useMutation({
    mutationFn: () =>
      answer<{ runs: number; calls: number }>(
        client.POST("/api/v1/prices/reprice", {
          body: { since: new Date(`${since}T00:00`).toISOString() },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    repricing.mutate();
  }
  return (
    <section aria-labelledby="reprice">
      <h3 id="reprice">Price stored calls again</h3>
      <form className={styles.form} onSubmit={submit}>
        <label>
          Of runs since
          <input
            type="date"
            value={since}
            required
            onChange={(event) => setSince(event.target.value)}
          />
        </label>
        <Button type="submit" disabled={repricing.isPending}>
          {repricing.isPending ? "Pricing …" : "Price again"}
        </Button>
      </form>
      <p className="dim">
        Only by the prices above, each from its own date on. What a provider reported stands.
      </p>
      {repricing.isError ? <Notice tone="bad">{repricing.error.message}</Notice> : null}
      {repricing.data ? (
        <div role="status">
          <Notice>
            {`${plural(repricing.data.calls, "call")} in ${plural(repricing.data.runs, "run")} priced again.`}
          </Notice>
        </div>
      ) : null}
    </section>
  );
}
