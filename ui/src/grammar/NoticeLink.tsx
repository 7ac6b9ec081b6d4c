/** What was told, leading to the page about it. */
import { Link } from "@tanstack/react-router";
import type { Notice } from "../api/types";
import { oneLine } from "./format";

export function NoticeLink({ notice }: { notice: Notice }) {
  const words = <bdi title={oneLine(notice.what, 600)}>{oneLine(notice.title, 160)}</bdi>;
  if (notice.incident_id) {
    return (
      <Link
        to="/incidents/$incidentId"
        params={{ incidentId: notice.incident_id }}
        className="link"
      >
        {words}
      </Link>
    );
  }
  if (notice.rule_id) {
    return (
      <Link to="/alerts/$name" params={{ name: notice.rule_id }} className="link">
        {words}
      </Link>
    );
  }
  if (notice.agent && notice.type.startsWith("heartbeat.")) {
    return (
      <Link to="/heartbeats/$agent" params={{ agent: notice.agent }} className="link">
        {words}
      </Link>
    );
  }
  return words;
}
