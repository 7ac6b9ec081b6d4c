/** Where notices go: channels made, tried, paused and deleted, and what was told through them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Channel } from "../../api/types";
import { Failure } from "../../app/Failure";
import { formatDuration, oneLine, plural } from "../../grammar/format";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Confirm } from "../../ui/Confirm";
import { Pill } from "../../ui/Pill";
import { Loading, Notice } from "../../ui/States";
import styles from "./Channels.module.css";
import { Deliveries } from "./Deliveries";
import { NewChannel } from "./NewChannel";
import { channelsQuery } from "./useChannels";

export function Channels() {
  const channels = useQuery(channelsQuery);
  if (channels.isError) {
    return (
      <div className={styles.part}>
        <Failure error={channels.error} onRetry={() => void channels.refetch()} />
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

const TYPES: Record<string, string> = {
  webhook: "webhook",
  slack: "Slack",
  email: "mail",
  pagerduty: "PagerDuty",
};

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
  return (
    <li className={styles.channel} aria-label={channel.name}>
      <div className={styles.line}>
        <b>
          <bdi>{channel.name}</bdi>
        </b>
        <span className="dim">
          {TYPES[channel.type] ?? channel.type}
          {channel.target === TYPES[channel.type] ? null : (
            <bdi> {oneLine(channel.target, 80)}</bdi>
          )}
        </span>
        <Standing channel={channel} />
        <span className={styles.buttons}>
          <Button onClick={() => testing.mutate()} disabled={testing.isPending}>
            {testing.isPending ? "Sending…" : "Test"}
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
