/** The form that sets a price of the account's own. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import { Field, FieldGroup, FieldRow, Form } from "../../ui/Form";
import { Notice } from "../../ui/States";
import styles from "./SettingsPage.module.css";

const AMOUNTS = [
  { field: "input_per_million_usd", label: "Input", required: true },
  { field: "output_per_million_usd", label: "Output", required: true },
  { field: "cache_read_per_million_usd", label: "Cache read", required: false },
  { field: "cache_write_per_million_usd", label: "Cache write", required: false },
] as const;

/** What the form begins with. */
export type PriceDraft = { model: string } & {
  [F in (typeof AMOUNTS)[number]["field"]]?: string | null;
};

/** A day as `<input type="date">` has it, in local time. */
export function day(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function NewPrice({ draft, focused }: { draft: PriceDraft; focused: boolean }) {
  const queryClient = useQueryClient();
  const [price, setPrice] = useState(draft);
  const [provider, setProvider] = useState("");
  const [from, setFrom] = useState(() => day(Date.now()));
  const setting = useMutation({
    mutationFn: () =>
      answer<undefined>(
        client.PUT("/api/v1/prices", {
          body: {
            model: price.model.trim(),
            provider: provider.trim(),
            valid_from: new Date(`${from}T00:00`).toISOString(),
            input_per_million_usd: price.input_per_million_usd ?? "",
            output_per_million_usd: price.output_per_million_usd ?? "",
            cache_read_per_million_usd: price.cache_read_per_million_usd || null,
            cache_write_per_million_usd: price.cache_write_per_million_usd || null,
          },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["prices"] }),
  });
  return (
    <section aria-labelledby="new-price">
      <h3 id="new-price">Set a price</h3>
      <Form
        label="Set a price"
        save="Set the price"
        saving={{ ...setting, isSuccess: false }}
        onSubmit={() => setting.mutate()}
      >
        <FieldRow>
          <Field label="Model, as calls name it">
            <input
              value={price.model}
              required
              autoFocus={focused}
              onChange={(event) => setPrice({ ...price, model: event.target.value })}
            />
          </Field>
          <Field label="Provider" hint="any if empty">
            <input value={provider} onChange={(event) => setProvider(event.target.value)} />
          </Field>
          <Field label="From">
            <input
              type="date"
              value={from}
              required
              onChange={(event) => setFrom(event.target.value)}
            />
          </Field>
        </FieldRow>
        <FieldGroup label="US dollars per million tokens">
          <div className={styles.amounts}>
            {AMOUNTS.map(({ field, label, required }) => (
              <Field key={field} label={label} hint={required ? null : "as input if empty"}>
                <input
                  inputMode="decimal"
                  pattern="[0-9]+([.][0-9]+)?"
                  title="an amount such as 2.50"
                  required={required}
                  value={price[field] ?? ""}
                  onChange={(event) => setPrice({ ...price, [field]: event.target.value })}
                />
              </Field>
            ))}
          </div>
        </FieldGroup>
      </Form>
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
