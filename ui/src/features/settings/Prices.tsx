/** What calls cost: the account's own prices, which go before the bundled list, and that list. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Price } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatDate, plural } from "../../grammar/format";
import { Confirm } from "../../ui/Confirm";
import { Field, Form } from "../../ui/Form";
import { Loading, Notice } from "../../ui/States";
import { Unknown } from "../../ui/Unknown";
import { NewPrice, day, type PriceDraft } from "./NewPrice";
import { PriceList } from "./PriceList";
import styles from "./SettingsPage.module.css";

export function Prices({ model }: { model: string | undefined }) {
  // A new one for each row that is begun from.
  const [draft, setDraft] = useState<PriceDraft>({ model: model ?? "" });
  const [begun, setBegun] = useState(0);
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
        What a provider reports of a call comes first, then the prices set here, then the list that
        comes with this version, at the time of the call.
      </p>
      <NewPrice key={begun} draft={draft} focused={begun > 0} />
      <section aria-labelledby="own-prices">
        <h3 id="own-prices">Own prices</h3>
        {prices.data.length === 0 ? (
          <p className="dim">No price of your own is set.</p>
        ) : (
          <OwnPrices prices={prices.data} />
        )}
      </section>
      {prices.data.length > 0 ? <Reprice /> : null}
      <PriceList
        onBegin={(row) => {
          setDraft(row);
          setBegun(begun + 1);
        }}
      />
    </div>
  );
}

function OwnPrices({ prices }: { prices: Price[] }) {
  return (
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
            <th scope="col">
              <span className="visually-hidden">remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {prices.map((price) => (
            <tr key={`${price.provider}/${price.model}@${price.valid_from}`}>
              <td className={`${styles.model} mono`}>
                <bdi>{price.model}</bdi>
              </td>
              <td>{price.provider || <span className="faint">any</span>}</td>
              <td>{formatDate(price.valid_from)}</td>
              <td className={styles.right}>{price.input_per_million_usd}</td>
              <td className={styles.right}>{price.output_per_million_usd}</td>
              <td className={styles.right}>
                {price.cache_read_per_million_usd ?? <Unknown reason="as input" />}
              </td>
              <td className={styles.right}>
                {price.cache_write_per_million_usd ?? <Unknown reason="as input" />}
              </td>
              <td className={styles.right}>
                <RemovePrice price={price} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Calls that come from then on are priced without it; those stored keep what they cost. */
function RemovePrice({ price: { provider, model, valid_from } }: { price: Price }) {
  const queryClient = useQueryClient();
  const removing = useMutation({
    mutationFn: () =>
      answer<undefined>(
        client.DELETE("/api/v1/prices", {
          params: { query: { ...(provider ? { provider } : {}), model, valid_from } },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["prices"] }),
  });
  return (
    <>
      {removing.isError ? (
        <span role="alert" className="bad">
          {removing.error.message}{" "}
        </span>
      ) : null}
      <Confirm
        label="Remove"
        sure="Remove the price"
        about={`the price of ${model} from ${formatDate(valid_from)}`}
        busy={removing.isPending}
        look="quiet"
        onConfirm={() => removing.mutate()}
      />
    </>
  );
}

const DAY_MS = 86_400_000;

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
  return (
    <section aria-labelledby="reprice">
      <h3 id="reprice">Price stored calls again</h3>
      <p className="dim">
        Only by your own prices, each from its own date on. What a provider reported stands, and a
        price that was removed is not taken back from calls that have it.
      </p>
      <Form
        label="Price stored calls again"
        save={repricing.isPending ? "Pricing …" : "Price again"}
        saving={{ ...repricing, isSuccess: false }}
        onSubmit={() => repricing.mutate()}
      >
        <Field label="Of runs since">
          <input
            type="date"
            value={since}
            required
            onChange={(event) => setSince(event.target.value)}
          />
        </Field>
      </Form>
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
