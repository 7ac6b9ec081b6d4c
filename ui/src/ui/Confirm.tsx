import { useState } from "react";
import { Button } from "./Button";

/** A button that asks once more before it does what cannot be undone. */
export function Confirm({
  label,
  sure,
  about,
  onConfirm,
  busy = false,
  look = "plain",
}: {
  label: string;
  /** What the second button says. */
  sure: string;
  /** What it is done to, for those who do not see the row it stands in. */
  about: string;
  onConfirm: () => void;
  busy?: boolean;
  look?: "plain" | "quiet";
}) {
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <Button look={look} onClick={() => setAsking(true)} aria-label={`${label} ${about}`}>
        {label}
      </Button>
    );
  }
  return (
    <>
      <Button look="primary" disabled={busy} onClick={onConfirm} autoFocus>
        {sure}
      </Button>{" "}
      <Button look="quiet" onClick={() => setAsking(false)}>
        Keep
      </Button>
    </>
  );
}
