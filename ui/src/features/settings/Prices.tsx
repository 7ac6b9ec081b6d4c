/** What calls cost: the account's own prices, which go before the bundled list, and that list. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client, failureOf } from "../../api/client";
import type { Price } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatDate, plural } from "../../grammar/format";
import { Confirm } from "../../ui/Confirm";
import { Field, Form } from "../../ui/Form";
import { Loading, Notice } from "../../ui/States";
import { NewPrice, day, type PriceDraft } from "./NewPrice";
import { PriceList } from "./PriceList";
import { PriceTable } from "./PriceTable";
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
  const error = failureOf(prices);
  if (error)
    return (
      <div className={styles.part}>
        <Failure error={error} onRetry={() => void prices.refetch()} />
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
          <PriceTable
            label="Own prices"
            rows={prices.data}
            actions="remove"
            action={(price) => <RemovePrice price={price} />}
          />
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
