import { useState } from "react";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** Copies `text()` and says so for two seconds. */
export function CopyButton({
  text,
  label,
  word,
  iconOnly = false,
}: {
  text: () => string;
  label: string;
  /** Stands for the label where there is little room; a part of it. */
  word?: string;
  iconOnly?: boolean;
}) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
    } catch {
      // Without https or permission the browser refuses; the text can still be selected.
      setState("refused");
    }
    setTimeout(() => setState("idle"), 2000);
  }
  const said = state === "copied" ? "Copied" : state === "refused" ? "Not allowed" : label;
  return (
    <Button look="quiet" onClick={copy} aria-label={said} title={said}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      {iconOnly ? null : <span aria-live="polite">{state === "idle" ? (word ?? said) : said}</span>}
    </Button>
  );
}
