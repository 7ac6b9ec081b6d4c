import { useSyncExternalStore } from "react";

/** The clock, shared: one timer for however many components count seconds. */
const changed = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(onChange: () => void) {
  changed.add(onChange);
  if (changed.size === 1) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of changed) each();
    }, 1000);
  }
  return () => {
    changed.delete(onChange);
    if (changed.size === 0) clearInterval(timer);
  };
}

/** Milliseconds since 1970, each second anew. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
