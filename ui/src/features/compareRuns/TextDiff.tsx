/** Two texts as one, what only A has struck and what only B has marked. Loaded when first needed. */
import { useMemo } from "react";
import { plural } from "../../grammar/format";
import { LongText } from "../../ui/LongText";
import styles from "./TextDiff.module.css";
import { textChanges } from "./textChanges";

/** Lines that are the same on both sides and stay in sight around a difference. */
const CONTEXT_LINES = 2;

export default function TextDiff({ a, b }: { a: string; b: string }) {
  const changes = useMemo(() => textChanges(a, b), [a, b]);
  if (changes === null) {
    return (
      <div className={styles.diff}>
        <p className="warn">Too different to be laid into each other; A stands first, then B.</p>
        <del>
          <LongText text={a} />
        </del>
        <ins>
          <LongText text={b} />
        </ins>
      </div>
    );
  }
  return (
    <div className={styles.diff}>
      {changes.map(({ value, added, removed }, at) =>
        added ? (
          <ins key={at}>
            <LongText text={value} />
          </ins>
        ) : removed ? (
          <del key={at}>
            <LongText text={value} />
          </del>
        ) : (
          <Common key={at} text={value} first={at === 0} last={at === changes.length - 1} />
        ),
      )}
    </div>
  );
}

/** What both have; of a long stretch only what stands next to a difference. */
function Common({ text, first, last }: { text: string; first: boolean; last: boolean }) {
  const lines = text.split("\n");
  const head = first ? 0 : CONTEXT_LINES;
  const tail = last ? 0 : CONTEXT_LINES;
  const left = lines.length - head - tail;
  if (left <= 3) return <span>{text}</span>;
  return (
    <>
      <span>{lines.slice(0, head).join("\n")}</span>
      <span className={styles.same}>{`${plural(left, "line")} the same`}</span>
      <span>{lines.slice(lines.length - tail).join("\n")}</span>
    </>
  );
}
