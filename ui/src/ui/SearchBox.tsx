import { useEffect, useRef, useState } from "react";
import { Icon } from "./Icon";
import { useShortcuts } from "./shortcuts";
import styles from "./SearchBox.module.css";

const SETTLE_MS = 250;

/** Text to search for; tells it when the typing rests. */
export function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  // The address changed by other means, such as Back.
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => {
      setTold(text);
      onChange(text);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  useShortcuts([{ keys: ["/"], does: "Search", run: () => input.current?.select() }]);
  return (
    <label className={styles.box}>
      <Icon name="search" size={13} />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}
