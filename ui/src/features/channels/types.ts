/** The kinds of channels: what they are called, and where each goes. */
import type { Channel } from "../../api/types";

interface ChannelType {
  type: Channel["type"];
  name: string;
  /** Where one chooses it. */
  choice: string;
  /** What of the API's channel says where it goes, and how that is asked for. */
  part: "url" | "to" | "routing_key";
  label: string;
  hint: string;
  placeholder: string;
  input: "text" | "url";
}

export const CHANNEL_TYPES: ChannelType[] = [
  {
    type: "slack",
    name: "Slack",
    choice: "Slack",
    part: "url",
    label: "Address",
    hint: "an incoming webhook",
    placeholder: "https://hooks.slack.com/services/…",
    input: "url",
  },
  {
    type: "webhook",
    name: "webhook",
    choice: "Webhook, signed",
    part: "url",
    label: "Address",
    hint: "https, reachable from the internet unless the server allows its network",
    placeholder: "https://example.com/hook",
    input: "url",
  },
  {
    type: "email",
    name: "mail",
    choice: "Mail",
    part: "to",
    label: "To",
    hint: "addresses with commas",
    placeholder: "ops@example.com",
    input: "text",
  },
  {
    type: "pagerduty",
    name: "PagerDuty",
    choice: "PagerDuty",
    part: "routing_key",
    label: "Routing key",
    hint: "of an Events API v2 integration",
    placeholder: "",
    input: "text",
  },
];

/** One of another version is shown as a webhook. */
export function channelType(type: string): ChannelType {
  return CHANNEL_TYPES.find((each) => each.type === type) ?? (CHANNEL_TYPES[1] as ChannelType);
}
