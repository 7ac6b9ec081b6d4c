import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { Channel } from "../../api/types";
import { SeverityField } from "../../grammar/Severity";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Field, FieldRow, Form, FormActions, Tick } from "../../ui/Form";
import { Notice } from "../../ui/States";
import styles from "./Channels.module.css";

const TYPES = [
  { type: "slack", label: "Slack" },
  { type: "webhook", label: "Webhook, signed" },
  { type: "email", label: "Mail" },
  { type: "pagerduty", label: "PagerDuty" },
] as const;

type Type = (typeof TYPES)[number]["type"];

const listed = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export function NewChannel() {
  const queryClient = useQueryClient();
  const [type, setType] = useState<Type>("slack");
  const [name, setName] = useState("");
  const [where, setWhere] = useState("");
  const [severity, setSeverity] = useState("info");
  const [agents, setAgents] = useState("");
  const [includeContent, setIncludeContent] = useState(false);
  const making = useMutation({
    mutationFn: () =>
      answer<Channel>(
        client.POST("/api/v1/channels", {
          body: {
            name: name.trim(),
            type,
            ...(type === "email"
              ? { to: listed(where) }
              : type === "pagerduty"
                ? { routing_key: where.trim() }
                : { url: where.trim() }),
            agents: listed(agents),
            min_severity: severity,
            include_content: includeContent,
          },
        }),
      ),
    onSuccess: () => {
      setName("");
      setWhere("");
      return queryClient.invalidateQueries({ queryKey: ["channels"] });
    },
  });
  return (
    <section aria-labelledby="new-channel" className={styles.section}>
      <h3 id="new-channel">New channel</h3>
      <Form label="New channel" onSubmit={() => making.mutate()}>
        <FieldRow>
          <Field label="Name">
            <input
              value={name}
              required
              maxLength={64}
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          <Field label="Type">
            <select
              value={type}
              onChange={(event) => {
                const next = TYPES.find((each) => each.type === event.target.value);
                if (next) setType(next.type);
                setWhere("");
              }}
            >
              {TYPES.map((each) => (
                <option key={each.type} value={each.type}>
                  {each.label}
                </option>
              ))}
            </select>
          </Field>
          <Where type={type} value={where} onChange={setWhere} />
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
        <FormActions>
          <Button type="submit" look="primary" disabled={making.isPending}>
            Make the channel
          </Button>
        </FormActions>
      </Form>
      {making.isError ? (
        <div role="alert">
          <Notice tone="bad">{making.error.message}</Notice>
        </div>
      ) : null}
      {making.data ? (
        <div role="status" className={styles.section}>
          {making.data.secret ? (
            <>
              <p>
                <b>Copy the secret now: it is not shown again.</b> The receiver checks with it that
                a message is from here.
              </p>
              <CodeBlock label={`secret of ${making.data.name}`} code={making.data.secret} />
            </>
          ) : (
            <Notice>The channel {making.data.name} is made. Send it a test.</Notice>
          )}
        </div>
      ) : null}
    </section>
  );
}

/** Where it goes, by type. */
function Where({
  type,
  value,
  onChange,
}: {
  type: Type;
  value: string;
  onChange: (value: string) => void;
}) {
  const input = (placeholder: string, kind = "text") => (
    <input
      value={value}
      required
      type={kind}
      placeholder={placeholder}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
    />
  );
  switch (type) {
    case "email":
      return (
        <Field label="To" wide hint="addresses with commas">
          {input("ops@example.com")}
        </Field>
      );
    case "pagerduty":
      return (
        <Field label="Routing key" wide hint="of an Events API v2 integration">
          {input("")}
        </Field>
      );
    case "slack":
      return (
        <Field label="Address" wide hint="an incoming webhook">
          {input("https://hooks.slack.com/services/…", "url")}
        </Field>
      );
    case "webhook":
      return (
        <Field
          label="Address"
          wide
          hint="https, reachable from the internet unless the server allows its network"
        >
          {input("https://example.com/hook", "url")}
        </Field>
      );
  }
}
