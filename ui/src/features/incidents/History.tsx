/** What was done about an incident, by whom, and a note to add. */
import { useState, type FormEvent } from "react";
import type { Incident } from "../../api/types";
import { Clock } from "../../grammar/figures";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import styles from "./Incidents.module.css";
import type { useStep } from "./useIncidents";

const NOTE_CHARS = 4_000;

export function History({
  incident,
  step,
}: {
  incident: Incident;
  step: ReturnType<typeof useStep>;
}) {
  const [note, setNote] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    const said = note.trim();
    if (said) step.mutate({ action: "note", note: said }, { onSuccess: () => setNote("") });
  }
  return (
    <Panel title="History">
      <ol className={styles.history} aria-label="History">
        {incident.history.toReversed().map((entry, at) => (
          // Two changes may bear the same time; the list only grows at its end.
          <li key={incident.history.length - at}>
            <span className={styles.entry}>
              <b>{entry.action}</b>
              <span className="dim">
                by <bdi>{entry.author}</bdi>
              </span>
              <span className="faint">
                <Clock at={entry.at} />
              </span>
            </span>
            {entry.note ? <p className={styles.note}>{entry.note}</p> : null}
          </li>
        ))}
      </ol>
      <form className={styles.noteForm} onSubmit={submit}>
        <textarea
          aria-label="Note"
          placeholder="What is known, what was tried"
          rows={2}
          maxLength={NOTE_CHARS}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button type="submit" disabled={step.isPending || note.trim() === ""}>
          Add the note
        </Button>
      </form>
    </Panel>
  );
}
