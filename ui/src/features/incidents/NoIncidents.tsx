/** The list of incidents without one: whether that is good news, and how one would be told of the first. */
import { Link } from "@tanstack/react-router";
import { CodeBlock } from "../../ui/CodeBlock";
import { Nothing } from "../../ui/States";
import styles from "./Incidents.module.css";
import type { StatusFilter } from "./search";

export function NoIncidents({
  status,
  agent,
  everAny,
}: {
  status: StatusFilter;
  agent: string | undefined;
  everAny: boolean;
}) {
  if (everAny || agent) {
    return (
      <Nothing>
        <p>
          {status === "all" ? "None" : `None is ${status}`}
          {agent ? " of this agent" : ""}.
        </p>
        {status === "all" ? null : (
          <Link
            to="/incidents"
            search={{ status: "all", ...(agent ? { agent } : {}) }}
            className="link"
          >
            Show all incidents
          </Link>
        )}
      </Nothing>
    );
  }
  return (
    <div className={styles.teach}>
      <p>
        Nothing has failed yet. An incident opens by itself when a run fails, gathers every later
        failure of the same kind, and resolves itself after{" "}
        <Link to="/settings" search={{ tab: "incidents" }} className="link">
          some good runs
        </Link>
        .
      </p>
      <p>To be told of the first, name a place where messages go:</p>
      <CodeBlock
        label="shell"
        code={`vedette channels add ops --slack https://hooks.slack.com/services/…\nvedette channels test ops`}
      />
      <p>
        or make it in the{" "}
        <Link to="/settings" search={{ tab: "channels" }} className="link">
          settings
        </Link>
        .
      </p>
    </div>
  );
}
