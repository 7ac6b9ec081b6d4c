/** When incidents are over by themselves. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client, failureOf } from "../../api/client";
import type { WatchSettings } from "../../api/types";
import { Failure } from "../../app/Failure";
import { plural } from "../../grammar/format";
import { Field, Form } from "../../ui/Form";
import { Loading } from "../../ui/States";
import styles from "./SettingsPage.module.css";

const QUERY_KEY = ["settings"];

export function Incidents() {
  const settings = useQuery({
    queryKey: QUERY_KEY,
    queryFn: ({ signal }) => answer<WatchSettings>(client.GET("/api/v1/settings", { signal })),
  });
  const error = failureOf(settings);
  if (error) {
    return (
      <div className={styles.part}>
        <Failure error={error} onRetry={() => void settings.refetch()} />
      </div>
    );
  }
  if (!settings.data) return <Loading label="Loading the settings" rows={3} />;
  return (
    <div className={styles.part}>
      <p className="dim">
        An incident opens when a run fails in a new way, or does not pass a check. Somebody resolves
        it, or it resolves itself.
      </p>
      <ResolveForm settings={settings.data} />
    </div>
  );
}

function ResolveForm({ settings }: { settings: WatchSettings }) {
  const queryClient = useQueryClient();
  const [after, setAfter] = useState(String(settings.resolve_after));
  const saving = useMutation({
    mutationFn: () =>
      answer<WatchSettings>(
        client.PUT("/api/v1/settings", { body: { resolve_after: Number(after) } }),
      ),
    onSuccess: (saved) => queryClient.setQueryData<WatchSettings>(QUERY_KEY, saved),
  });
  const { resolve_after } = settings;
  return (
    <Form
      label="When incidents resolve themselves"
      save="Save"
      saving={saving}
      onSubmit={() => saving.mutate()}
    >
      <p>
        {resolve_after === 0
          ? "Now incidents stay open until somebody resolves them."
          : `Now an incident resolves itself after ${plural(resolve_after, "good run")} of its agent without another failure of its kind.`}
      </p>
      <Field label="Good runs until it resolves itself" hint="0: never by itself">
        <input
          type="number"
          min={0}
          max={1_000_000}
          step={1}
          required
          value={after}
          onChange={(event) => setAfter(event.target.value)}
        />
      </Field>
    </Form>
  );
}
