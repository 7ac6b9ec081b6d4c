/** Where notices go: channels made, tried, paused and deleted, and what was told through them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client, failureOf } from "../../api/client";
import type { Channel } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatDuration, oneLine, plural } from "../../grammar/format";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Confirm } from "../../ui/Confirm";
import { Pill } from "../../ui/Pill";
import { Loading, Notice } from "../../ui/States";
import styles from "./Channels.module.css";
import { ChannelForm } from "./ChannelForm";
import { Deliveries } from "./Deliveries";
import { channelType } from "./types";
import { channelsQuery } from "./useChannels";

export function Channels() {
  const channels = useQuery(channelsQuery);
  const error = failureOf(channels);
  if (error) {
    return (
      <div className={styles.part}>
        <Failure error={error} onRetry={() => void channels.refetch()} />
      </div>
    );
  }
  if (!channels.data) return <Loading label="Loading the channels" rows={4} />;
  return (
    <div className={styles.part}>
      <p className="dim">
        Incidents, alerts and missed heartbeats are told here, once each and again when they are
        over. A message holds a prompt or an output only where the channel asks for it.
      </p>
      {channels.data.length === 0 ? (
        <div className={styles.teach}>
          <p>There is no channel yet, so nobody is told. Make one below, or from a shell:</p>
          <CodeBlock
            label="shell"
            code={
              "vedette channels add ops --slack https://hooks.slack.com/services/…\nvedette channels test ops"
            }
          />
        </div>
      ) : (
        <ul className={styles.list} aria-label="Channels">
          {channels.data.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} />
          ))}
        </ul>
      )}
      <NewChannel />
      {channels.data.length > 0 ? <Deliveries channels={channels.data} /> : null}
    </div>
  );
}

/** The secret of a webhook is in the answer that makes it, and nowhere else. */
function NewChannel() {
  const [made, setMade] = useState<Channel | null>(null);
  return (
    <section aria-labelledby="new-channel" className={styles.section}>
      <h3 id="new-channel">New channel</h3>
      <ChannelForm channel={null} onSaved={setMade} />
      {made ? (
        <div role="status" className={styles.section}>
          {made.secret ? (
            <>
              <p>
                <b>Copy the secret now: it is not shown again.</b> The receiver checks with it that
                a message is from here.
              </p>
              <CodeBlock label={`secret of ${made.name}`} code={made.secret} />
            </>
          ) : (
            <Notice>The channel {made.name} is made. Send it a test.</Notice>
          )}
        </div>
      ) : null}
    </section>
  );
}

interface Tested {
  delivered: boolean;
  status: number | null;
  error: string | null;
  duration_ms: number;
}

function ChannelRow({ channel }: { channel: Channel }) {
  const queryClient = useQueryClient();
  const path = { path: { id: channel.id } };
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["channels"] });
  const testing = useMutation({
    mutationFn: () => answer<Tested>(client.POST("/api/v1/channels/{id}/test", { params: path })),
    onSettled: refresh,
  });
  const pausing = useMutation({
    mutationFn: (paused: boolean) =>
      answer<Channel>(client.PATCH("/api/v1/channels/{id}", { params: path, body: { paused } })),
    onSettled: refresh,
  });
  const deleting = useMutation({
    mutationFn: () => answer<undefined>(client.DELETE("/api/v1/channels/{id}", { params: path })),
    onSettled: refresh,
  });
  const error = testing.error ?? pausing.error ?? deleting.error;
  const [changing, setChanging] = useState(false);
  const { name } = channelType(channel.type);
  return (
    <li className={styles.channel} aria-label={channel.name}>
      <div className={styles.line}>
        <b>
          <bdi>{channel.name}</bdi>
        </b>
        <span className="dim">
          {name}
          {channel.target === name ? null : <bdi> {oneLine(channel.target, 80)}</bdi>}
        </span>
        <Standing channel={channel} />
        <span className={styles.buttons}>
          <Button onClick={() => testing.mutate()} disabled={testing.isPending}>
            {testing.isPending ? "Sending…" : "Test"}
          </Button>
          <Button
            aria-expanded={changing}
            aria-label={`Change ${channel.name}`}
            onClick={() => setChanging(!changing)}
          >
            Change
          </Button>
          <Button onClick={() => pausing.mutate(!channel.paused)} disabled={pausing.isPending}>
            {channel.paused ? "Resume" : "Pause"}
          </Button>
          <Confirm
            label="Delete"
            sure="Delete the channel"
            about={channel.name}
            busy={deleting.isPending}
            onConfirm={() => deleting.mutate()}
          />
        </span>
      </div>
      {channel.include_content ? (
        <p className="dim">Told how inputs and outputs of runs begin.</p>
      ) : null}
      {channel.min_severity !== "info" || channel.agents.length > 0 ? (
        <p className="dim">
          Told of{" "}
          {channel.min_severity === "info" ? "everything" : `${channel.min_severity} and above`}
          {channel.agents.length > 0 ? (
            <>
              {" "}
              about <bdi>{channel.agents.join(", ")}</bdi>
            </>
          ) : null}
          .
        </p>
      ) : null}
      {changing ? (
        <div className={styles.changing}>
          <ChannelForm channel={channel} onSaved={() => setChanging(false)}>
            <Button look="quiet" onClick={() => setChanging(false)}>
              Cancel
            </Button>
          </ChannelForm>
        </div>
      ) : null}
      <div role="status">
        {testing.data ? (
          <Notice tone={testing.data.delivered ? "plain" : "bad"}>
            {testing.data.delivered
              ? `The receiver took it after ${formatDuration(testing.data.duration_ms)}.`
              : `It was not delivered: ${testing.data.error ?? "no reason is known"}`}
          </Notice>
        ) : null}
        {error ? <Notice tone="bad">{error.message}</Notice> : null}
      </div>
    </li>
  );
}

function Standing({ channel }: { channel: Channel }) {
  if (channel.paused) {
    return (
      <>
        <Pill tone="warn">paused</Pill>
        {channel.paused_because ? (
          <span className="warn">{oneLine(channel.paused_because, 200)}</span>
        ) : null}
      </>
    );
  }
  if (channel.consecutive_failures > 0) {
    return (
      <Pill tone="bad">
        {plural(channel.consecutive_failures, "delivery", "deliveries")} given up
      </Pill>
    );
  }
  return null;
}
