import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Icon } from "./Icon";
import { take, useShortcuts } from "./shortcuts";
import styles from "./SearchBox.module.css";

const SETTLE_MS = 250;

/** Text to search for; tells it when the typing rests. */
export function SearchBox({
  label,
  value,
  onChange,
  focused = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Whether one comes here to type. */
  focused?: boolean;
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
  useEffect(() => {
    if (focused) input.current?.select();
  }, [focused]);
  function tell(now: string) {
    setTold(now);
    onChange(now);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (!["Enter", "ArrowDown", "Escape"].includes(event.key)) return;
    // Escape leaves what is typed; the browser would empty the field.
    event.preventDefault();
    input.current?.blur();
    if (event.key === "Escape") return;
    if (text !== value) tell(text);
    take("ArrowDown");
  }
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
        onKeyDown={onKeyDown}
      />
      {text === "" ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => {
            setText("");
            tell("");
            input.current?.focus();
          }}
        >
          <Icon name="close" size={11} />
        </button>
      )}
    </label>
  );
}
