/**
 * JSON as a tree that opens level by level. A branch is built when opened and a long list in
 * steps, so that neither depth nor size of what was recorded matters.
 */
import { useState } from "react";
import { useHoldsMatch } from "./find";
import { grouped } from "./grouped";
import { Icon } from "./Icon";
import styles from "./JsonTree.module.css";
import { LongText } from "./LongText";

const STEP = 100;
const OPEN_ENTRIES_MAX = 20;

export function JsonTree({ value, openDepth = 2 }: { value: unknown; openDepth?: number }) {
  return (
    <div className={styles.tree}>
      {openDepth === 0 && isBranch(value) && Object.keys(value).length > 0 ? (
        <ul className={styles.entries}>
          <Entry name="" value={value} depth={0} openDepth={0} />
        </ul>
      ) : (
        <Value value={value} depth={0} openDepth={openDepth} />
      )}
    </div>
  );
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function Value({ value, depth, openDepth }: { value: unknown; depth: number; openDepth: number }) {
  if (typeof value === "string") return <LongText text={value} className={styles.string} />;
  if (!isBranch(value)) {
    return <span className={styles.literal}>{String(value)}</span>;
  }
  const entries = Array.isArray(value)
    ? value.map((item, at) => [String(at), item] as const)
    : Object.entries(value);
  if (entries.length === 0)
    return <span className="faint">{Array.isArray(value) ? "[ ]" : "{ }"}</span>;
  return <Entries entries={entries} depth={depth} openDepth={openDepth} />;
}

function Entries({
  entries,
  depth,
  openDepth,
}: {
  entries: (readonly [string, unknown])[];
  depth: number;
  openDepth: number;
}) {
  const [shown, setShown] = useState(STEP);
  const left = entries.length - shown;
  return (
    <ul className={styles.entries}>
      {entries.slice(0, shown).map(([name, value]) => (
        <Entry key={name} name={name} value={value} depth={depth} openDepth={openDepth} />
      ))}
      {left > 0 ? (
        <li>
          <button type="button" className="link" onClick={() => setShown(shown + STEP)}>
            {`${Math.min(STEP, left)} more of ${grouped(String(left))} left`}
          </button>
        </li>
      ) : null}
    </ul>
  );
}

function Entry({
  name,
  value,
  depth,
  openDepth,
}: {
  name: string;
  value: unknown;
  depth: number;
  openDepth: number;
}) {
  const branch = isBranch(value);
  const size = branch ? Object.keys(value).length : 0;
  const found = useHoldsMatch(() => (branch ? JSON.stringify(value) : ""));
  const [chosen, setOpen] = useState(depth + 1 < openDepth && size <= OPEN_ENTRIES_MAX);
  const open = chosen || found;
  if (!branch || size === 0) {
    return (
      <li className={styles.leaf}>
        <span className={styles.name}>{name}</span>
        <Value value={value} depth={depth + 1} openDepth={openDepth} />
      </li>
    );
  }
  const kind = Array.isArray(value) ? (size === 1 ? "item" : "items") : size === 1 ? "key" : "keys";
  return (
    <li>
      <button
        type="button"
        className={styles.toggle}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span className={styles.chevron} data-open={open}>
          <Icon name="chevron" size={11} />
        </span>
        {name === "" ? null : <span className={styles.name}>{name}</span>}
        <span className="faint">{`${grouped(String(size))} ${kind}`}</span>
      </button>
      {open ? <Value value={value} depth={depth + 1} openDepth={openDepth} /> : null}
    </li>
  );
}
