/** The range of a page: one of the usual ones, or from one moment to another. */
import { useState, type FormEvent } from "react";
import { Button } from "../ui/Button";
import { Choice } from "../ui/Choice";
import { useNow } from "../ui/useNow";
import { Sheet } from "../ui/Sheet";
import styles from "./RangePicker.module.css";
import { moment, RANGES, settledRange, zoneWords, type RangeSearch } from "./range";

export function RangePicker({
  search,
  fallback,
  onChange,
}: {
  search: RangeSearch;
  /** Where the address says nothing. */
  fallback: string;
  onChange: (range: RangeSearch) => void;
}) {
  const [asking, setAsking] = useState(false);
  const chosen = search.until ? null : (search.since ?? fallback);
  return (
    <>
      <Choice
        label="Range"
        value={chosen}
        shown={between(search, fallback)}
        options={RANGES}
        onChange={(since) => onChange({ since })}
        actions={{
          options: [{ value: "from", label: "From … to …" }],
          onChoose: () => setAsking(true),
        }}
        note={<Zone />}
      />
      <Sheet
        open={asking}
        onOpenChange={setAsking}
        title="From one moment to another"
        side="center"
      >
        <Moments
          search={search}
          fallback={fallback}
          onChange={(range) => {
            setAsking(false);
            onChange(range);
          }}
        />
      </Sheet>
    </>
  );
}

function Zone() {
  return <div className={styles.zone}>{zoneWords(useNow())}</div>;
}

function between(search: RangeSearch, fallback: string): string {
  const { sinceMs, untilMs } = settledRange(search, fallback, Date.now());
  const until = search.until ? moment(untilMs) : "now";
  return sinceMs === null ? `until ${until}` : `${moment(sinceMs)} – ${until}`;
}

/** As `<input type="datetime-local">` writes it. */
function local(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Moments({
  search,
  fallback,
  onChange,
}: {
  search: RangeSearch;
  fallback: string;
  onChange: (range: RangeSearch) => void;
}) {
  const [now] = useState(Date.now);
  const settled = settledRange(search, fallback, now);
  const [since, setSince] = useState(local(settled.sinceMs ?? now - 7 * 86_400_000));
  const [until, setUntil] = useState(local(settled.untilMs));
  const wrong = !(Date.parse(since) < Date.parse(until));
  function submit(event: FormEvent) {
    event.preventDefault();
    if (wrong) return;
    onChange({
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
    });
  }
  return (
    <form className={styles.moments} onSubmit={submit}>
      <label>
        From
        <input
          type="datetime-local"
          value={since}
          required
          onChange={(event) => setSince(event.target.value)}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          value={until}
          required
          onChange={(event) => setUntil(event.target.value)}
        />
      </label>
      <p className={wrong ? "bad" : "dim"} role={wrong ? "alert" : undefined}>
        {wrong ? "The range has to begin before it ends." : `Times are ${zoneWords(now)}.`}
      </p>
      <Button type="submit" look="primary" disabled={wrong}>
        Show this range
      </Button>
    </form>
  );
}
