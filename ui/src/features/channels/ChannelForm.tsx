/** A channel to be made or changed. What is secret of where it goes is never shown again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Channel } from "../../api/types";
import { SeverityField } from "../../grammar/Severity";
import { Field, FieldRow, Form, Tick } from "../../ui/Form";
import { CHANNEL_TYPES, channelType } from "./types";

const listed = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export function ChannelForm({
  channel,
  onSaved,
  children,
}: {
  /** Null makes one. */
  channel: Channel | null;
  onSaved: (channel: Channel) => void;
  /** More to do, beside saving. */
  children?: React.ReactNode;
}) {
  const queryClient = useQueryClient();
  const [type, setType] = useState(channel?.type ?? "slack");
  const { part, label, hint, placeholder, input } = channelType(type);
  const isList = part === "to";
  const [name, setName] = useState(channel?.name ?? "");
  // Receivers of mail are no secret: they are changed as they stand.
  const [where, setWhere] = useState(channel && isList ? channel.target : "");
  const [severity, setSeverity] = useState(channel?.min_severity ?? "info");
  const [agents, setAgents] = useState(channel?.agents.join(", ") ?? "");
  const [includeContent, setIncludeContent] = useState(channel?.include_content ?? false);

  const saving = useMutation({
    mutationFn: () => {
      const said = where.trim();
      const body = {
        name: name.trim(),
        ...(said === "" ? {} : { [part]: isList ? listed(said) : said }),
        agents: listed(agents),
        min_severity: severity,
        include_content: includeContent,
      };
      const path = { id: channel?.id ?? "" };
      return answer<Channel>(
        channel
          ? client.PATCH("/api/v1/channels/{id}", { params: { path }, body })
          : client.POST("/api/v1/channels", { body: { ...body, type } }),
      );
    },
    onSuccess: (saved) => {
      if (!channel) setName("");
      if (!channel || !isList) setWhere("");
      onSaved(saved);
      return queryClient.invalidateQueries({ queryKey: ["channels"] });
    },
  });
  const keeps = channel !== null && !isList;
  return (
    <Form
      label={channel ? `Change ${channel.name}` : "New channel"}
      save={channel ? "Save" : "Make the channel"}
      saving={saving}
      onSubmit={() => saving.mutate()}
      actions={children}
    >
      <FieldRow>
        <Field label="Name">
          <input
            value={name}
            required
            maxLength={64}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {channel ? null : (
          <Field label="Type">
            <select
              value={type}
              onChange={(event) => {
                setType(channelType(event.target.value).type);
                setWhere("");
              }}
            >
              {CHANNEL_TYPES.map((each) => (
                <option key={each.type} value={each.type}>
                  {each.choice}
                </option>
              ))}
            </select>
          </Field>
        )}
        <Field
          label={keeps ? `Another ${label.toLowerCase()}` : label}
          wide
          hint={keeps ? `stays as it is, at ${channel.target}, if empty` : hint}
        >
          <input
            value={where}
            required={!keeps}
            type={input}
            placeholder={placeholder}
            autoComplete="off"
            onChange={(event) => setWhere(event.target.value)}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <SeverityField label="At least" value={severity} onChange={setSeverity} />
        <Field label="Only about these agents" hint="names with commas; all if empty">
          <input value={agents} onChange={(event) => setAgents(event.target.value)} />
        </Field>
      </FieldRow>
      <FieldRow>
        <Tick
          label="Tell also how the input and the output of the run begin"
          checked={includeContent}
          onChange={setIncludeContent}
        />
      </FieldRow>
    </Form>
  );
}
