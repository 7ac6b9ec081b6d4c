/** Stands in the place of a menu until it is reached for, and looks the same: its code is large. */
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { buttonClass } from "./Button";
import type Menu from "./Menu";

export interface Option {
  value: string;
  label: string;
}

/** What the button shows, and what its list holds in this order. */
export interface MenuProps {
  /** Where what it shows is not its name. */
  label?: string;
  title?: string;
  disabled?: boolean;
  children: ReactNode;
  /** One of these is chosen; null if none is. */
  one?: { value: string | null; options: readonly Option[]; onChange: (value: string) => void };
  /** Any number of these are. */
  some?: {
    chosen: ReadonlySet<string>;
    options: Option[];
    onChange: (value: string, chosen: boolean) => void;
  };
  actions?: { options: Option[]; onChoose: (value: string) => void };
  note?: ReactNode;
}

/** Null until a first button was reached for. */
let fetched: typeof Menu | null = null;

export function MenuButton(props: MenuProps) {
  const [real, setReal] = useState({ Menu: fetched, opens: false, takesFocus: false });
  const button = useRef<HTMLButtonElement>(null);
  const isHeld = useRef(false);
  const opens = useRef(false);
  async function reach() {
    fetched ??= (await import("./Menu")).default;
    // A press has to end where it began.
    if (isHeld.current) return;
    const takesFocus = document.activeElement === button.current;
    // At once: nobody can go on between the look at the focus and the menu that takes it.
    flushSync(() => setReal({ Menu: fetched, opens: opens.current, takesFocus }));
  }
  function open() {
    isHeld.current = false;
    opens.current = true;
    void reach();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  }
  if (real.Menu) {
    return <real.Menu {...props} opens={real.opens} takesFocus={real.takesFocus} />;
  }
  return (
    <button
      ref={button}
      type="button"
      className={buttonClass}
      aria-label={props.label}
      aria-haspopup="menu"
      aria-expanded={false}
      title={props.title}
      disabled={props.disabled}
      onPointerEnter={() => void reach()}
      onPointerDown={() => (isHeld.current = true)}
      onPointerLeave={() => (isHeld.current = false)}
      onFocus={() => void reach()}
      onKeyDown={onKeyDown}
      onClick={open}
    >
      {props.children}
    </button>
  );
}
