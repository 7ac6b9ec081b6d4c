/**
 * Keys that do something on the page shown. A component names its keys while mounted; the help
 * lists what is named, so that the two cannot differ.
 */
import { useLayoutEffect, useRef, useSyncExternalStore } from "react";

export interface Shortcut {
  /** As in KeyboardEvent.key. */
  keys: string[];
  does: string;
  run: () => void;
}

let registered: readonly { current: Shortcut[] }[] = [];
const changed = new Set<() => void>();

function setRegistered(next: readonly { current: Shortcut[] }[]) {
  registered = next;
  for (const each of changed) each();
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  // Within an open dialog or menu the keys are its own.
  if (event.target instanceof Element && event.target.closest('[role="dialog"],[role="menu"]'))
    return;
  // What has the focus is pressed with it.
  if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a,button"))
    return;
  if (take(event.key)) event.preventDefault();
}

/** Does what the key is named for on the page shown; false if it is for nothing. */
export function take(key: string): boolean {
  // The innermost component that names the key takes it.
  for (const { current } of registered.toReversed()) {
    const shortcut = current.find(({ keys }) => keys.includes(key));
    if (shortcut) {
      shortcut.run();
      return true;
    }
  }
  return false;
}

/** Those `everywhere`, of the frame of all pages, give way to those of the page shown. */
export function useShortcuts(shortcuts: Shortcut[], { everywhere = false } = {}) {
  const latest = useRef(shortcuts);
  // With the commit that shows what the keys are for: one may be pressed as soon as it is seen.
  useLayoutEffect(() => {
    latest.current = shortcuts;
  });
  useLayoutEffect(() => {
    if (registered.length === 0) window.addEventListener("keydown", onKeyDown);
    setRegistered(everywhere ? [latest, ...registered] : [...registered, latest]);
    return () => {
      setRegistered(registered.filter((each) => each !== latest));
      if (registered.length === 0) window.removeEventListener("keydown", onKeyDown);
    };
  }, [everywhere]);
}

/** All that can be pressed now, for the help: what another has taken is left out. */
export function useRegisteredShortcuts(): Shortcut[] {
  const lists = useSyncExternalStore(
    (onChange) => {
      changed.add(onChange);
      return () => changed.delete(onChange);
    },
    () => registered,
  );
  const taken = new Set<string>();
  const innermostFirst = lists.toReversed().map(({ current }) =>
    current.flatMap((shortcut) => {
      const keys = shortcut.keys.filter((key) => !taken.has(key));
      for (const key of keys) taken.add(key);
      return keys.length === 0 ? [] : [{ ...shortcut, keys }];
    }),
  );
  return innermostFirst.toReversed().flat();
}
