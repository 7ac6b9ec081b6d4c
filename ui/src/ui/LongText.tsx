/** Text as it is. A long one is cut, says how much is left and offers all. */
import { useState } from "react";
import { useHoldsMatch } from "./find";
import { grouped } from "./grouped";

const CHARACTERS_MAX = 2000;

export function LongText({
  text,
  className = "",
  max = CHARACTERS_MAX,
}: {
  text: string;
  className?: string | undefined;
  max?: number;
}) {
  const [all, setAll] = useState(false);
  const found = useHoldsMatch(() => text.slice(max));
  // A few characters more are shown rather than announced.
  if (all || found || text.length <= max * 1.2) return <span className={className}>{text}</span>;
  return (
    <span className={className}>
      {text.slice(0, max)}…{" "}
      <button type="button" className="link" onClick={() => setAll(true)}>
        {`show all ${grouped(String(text.length))} characters`}
      </button>
    </span>
  );
}
