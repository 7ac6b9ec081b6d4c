/** An agent and a run as they are named on every page: each links to itself. */
import { Link } from "@tanstack/react-router";
import type { Run } from "../api/types";
import { KindIcon } from "./KindIcon";
import { oneLine } from "./format";
import styles from "./links.module.css";
import type { RangeSearch } from "./range";

export function AgentLink({ name, range = {} }: { name: string; range?: RangeSearch }) {
  return (
    <Link to="/agents/$name" params={{ name }} search={range} className={styles.name} title={name}>
      <KindIcon kind="agent" />
      <bdi>{name}</bdi>
    </Link>
  );
}

export function RunLink({
  run,
  runIds = [],
  className = styles.name,
}: {
  run: Run;
  /** Of the list it stands in, for `[` and `]`. */
  runIds?: string[];
  className?: string | undefined;
}) {
  return (
    <Link to="/runs/$runId" params={{ runId: run.id }} state={{ runIds }} className={className}>
      <bdi>{oneLine(run.name || run.id, 120)}</bdi>
    </Link>
  );
}
