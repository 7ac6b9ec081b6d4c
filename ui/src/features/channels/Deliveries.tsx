/** What was told through which channel, attempt by attempt, newest first. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Channel, Delivery } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { Clock } from "../../grammar/figures";
import { formatDuration, oneLine, plural } from "../../grammar/format";
import { NoticeLink } from "../../grammar/NoticeLink";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Form";
import { Pill, type Tone } from "../../ui/Pill";
import styles from "./Channels.module.css";
import { deliveriesQuery } from "./useChannels";

const STEP = 25;

export function Deliveries({ channels }: { channels: Channel[] }) {
  const queryClient = useQueryClient();
  const [channel, setChannel] = useState("");
  const [limit, setLimit] = useState(STEP);
  const deliveries = useQuery(deliveriesQuery(channel || null, limit));
  const resending = useMutation({
    mutationFn: (id: string) =>
      answer<Delivery>(client.POST("/api/v1/deliveries/{id}/resend", { params: { path: { id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["channels", "deliveries"] }),
  });
  const rows = deliveries.data ?? [];
  const nameOf = (id: string) => channels.find((each) => each.id === id)?.name ?? "deleted";
  return (
    <section aria-labelledby="deliveries" className={styles.section}>
      <h3 id="deliveries">What was told</h3>
      <Field label="Channel">
        <select value={channel} onChange={(event) => setChannel(event.target.value)}>
          <option value="">all</option>
          {channels.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      {deliveries.isLoadingError ? (
        <FailureLine error={deliveries.error} onRetry={() => void deliveries.refetch()} />
      ) : null}
      {resending.isError ? (
        <FailureLine what="It was not sent again" error={resending.error} />
      ) : null}
      {deliveries.isSuccess && rows.length === 0 ? (
        <p className="dim">Nothing was told yet. A test is not listed here.</p>
      ) : (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Deliveries">
          <table className={styles.table} aria-label="Deliveries">
            <thead>
              <tr>
                <th scope="col">when</th>
                <th scope="col">state</th>
                <th scope="col">what</th>
                <th scope="col">channel</th>
                <th scope="col">last attempt</th>
                <th scope="col">
                  <span className="visually-hidden">send again</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((delivery) => (
                <tr key={delivery.id}>
                  <td>
                    <Clock at={delivery.created_at} />
                  </td>
                  <td>
                    <State delivery={delivery} />
                  </td>
                  <td className={styles.what}>
                    <NoticeLink notice={delivery.notice} />{" "}
                    <span className="faint">{delivery.notice.type}</span>
                  </td>
                  <td>
                    <bdi>{nameOf(delivery.channel_id)}</bdi>
                  </td>
                  <td className={styles.what}>
                    <LastAttempt delivery={delivery} />
                  </td>
                  <td>
                    {delivery.state === "pending" ? null : (
                      <Button
                        look="quiet"
                        disabled={resending.isPending}
                        aria-label={`Send again: ${oneLine(delivery.notice.title, 80)}`}
                        onClick={() => resending.mutate(delivery.id)}
                      >
                        Send again
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length >= limit ? (
        <div>
          <Button onClick={() => setLimit(limit * 2)}>Show more</Button>
        </div>
      ) : null}
    </section>
  );
}

const TONES: Record<string, Tone> = {
  delivered: "good",
  failed: "bad",
  pending: "accent",
  cancelled: "plain",
};

function State({ delivery }: { delivery: Delivery }) {
  const { state, next_attempt_at, attempts } = delivery;
  return (
    <>
      <Pill tone={TONES[state] ?? "plain"} title={plural(attempts, "attempt")}>
        {state}
      </Pill>{" "}
      {state === "pending" && attempts > 0 && next_attempt_at ? (
        <span className="dim">
          again <Clock at={next_attempt_at} />
        </span>
      ) : null}
    </>
  );
}

/** How the last one ended; how each did, when pointed at. */
function LastAttempt({ delivery }: { delivery: Delivery }) {
  const last = delivery.log.at(-1);
  if (!last) return null;
  const words = ({ status, error, duration_ms }: Delivery["log"][number]) =>
    error ?? `${status ?? "taken"} after ${formatDuration(duration_ms)}`;
  return (
    <span
      className={last.error ? "bad" : "dim"}
      title={delivery.log.map((attempt) => `${attempt.at}: ${words(attempt)}`).join("\n")}
    >
      {oneLine(words(last), 120)}
      {delivery.log.length > 1 ? ` (${plural(delivery.log.length, "attempt")})` : ""}
    </span>
  );
}
