/**
 * The live stream of `GET /traces/stream`, opened once however many components listen, and only
 * while one does: the shell does, under every page. It goes on where the first answer stood, so that
 * nothing is missed between the two. It parses and hands on; what a change means for a page is the page's.
 */
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type { Run, Span } from "./types";

export type LiveEvent =
  | { type: "span"; span: Span }
  | { type: "run"; run: Run }
  /** Incidents, schedules or rules stand differently, or did before the stream was open. */
  | { type: "watched" }
  /** What was missed is not known: the shell asks again for everything shown. */
  | { type: "reset" };

export type LiveState = "connecting" | "live" | "offline";
type Listener = (event: LiveEvent) => void;

const RETRY_MS_MAX = 30_000;
/** Events kept for a page that is not ready for them; of more, only that they were is kept. */
const HELD = 20_000;
/** How long an event is remembered: longer than an answer counts as fresh. */
const REMEMBERED_MS = 15_000;
/** An answer may tell of how it was so long before it came. */
const ANSWER_MS = 2_000;

const listeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
let source: EventSource | null = null;
let state: LiveState = "connecting";
let retryMs = 1_000;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
/** The oldest that an answer knew of, or the last reset: whatever came after it was told. Null before the first. */
let began: number | null = null;
/** The last change that was told. */
let last = 0;
/** For a page whose questions were asked before it was there. Begins with a reset where it was too much. */
let remembered: { atMs: number; event: LiveEvent }[] = [];

function setState(next: LiveState) {
  if (next === state) return;
  state = next;
  for (const changed of stateListeners) changed();
}

function remember(event: LiveEvent) {
  const atMs = Date.now();
  if ((remembered[0]?.atMs ?? atMs) < atMs - 2 * REMEMBERED_MS) {
    remembered = remembered.filter((one) => one.atMs >= atMs - REMEMBERED_MS);
  }
  if (remembered.length >= HELD) remembered = [{ atMs, event: { type: "reset" } }];
  remembered.push({ atMs, event });
}

function publish(event: LiveEvent) {
  if (event.type !== "reset") remember(event);
  for (const listener of listeners) listener(event);
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function beginAfter(sequence: number) {
  began = sequence;
  last = sequence;
}

/**
 * Takes note of how far an answer knows what happened. The first one opens the stream; one that was under
 * way and knows of less than where the stream began makes it begin again there.
 */
export function answered(sequence: number) {
  if (began !== null && sequence >= began) return;
  beginAfter(sequence);
  if (listeners.size === 0) return;
  close();
  open();
}

function open() {
  source = new EventSource(`/traces/stream?after=${last}`);
  source.addEventListener("open", () => {
    setState("live");
    retryMs = 1_000;
    // It alone has no place in the order of changes, and is not told again.
    publish({ type: "watched" });
  });
  const onSpan = (message: MessageEvent<string>) => {
    last = Number(message.lastEventId);
    const span = parse(message.data) as Span | null;
    if (span?.id) publish({ type: "span", span });
  };
  source.addEventListener("message", onSpan);
  source.addEventListener("span", onSpan);
  source.addEventListener("run", (message: MessageEvent<string>) => {
    last = Number(message.lastEventId);
    const run = parse(message.data) as Run | null;
    if (run?.id) publish({ type: "run", run });
  });
  source.addEventListener("watched", () => publish({ type: "watched" }));
  source.addEventListener("reset", (message: MessageEvent<string>) => {
    beginAfter(Number(message.lastEventId));
    publish({ type: "reset" });
  });
  source.addEventListener("error", () => {
    setState("offline");
    // The browser reconnects by itself after a cut, but not after an answer it dislikes.
    if (source?.readyState === EventSource.CLOSED) {
      close();
      // Perhaps the key is not known any more: whatever is asked next says so.
      publish({ type: "reset" });
      retryTimer = setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    }
  });
}

function close() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    setState("connecting");
    if (began !== null) open();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    close();
    remembered = [];
  };
}

/** Calls `listener` for each live event while the component is mounted. */
export function useLive(listener: Listener) {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => subscribe((event) => latest.current(event)), []);
}

/**
 * Gathers live events and hands them on at most every `everyMs`, so that a burst of thousands
 * costs one render. What happened since the page's first answer was asked for is handed on once that
 * is there, though the page was not: the answer may be from before. `answeredAtMs` is when it came,
 * 0 until then.
 */
export function useLiveBatches(
  onBatch: (events: LiveEvent[]) => void,
  wanted: (event: LiveEvent) => boolean,
  answeredAtMs: number,
  everyMs = 250,
) {
  const ready = answeredAtMs > 0;
  const latest = useRef({ onBatch, wanted, answeredAtMs, everyMs });
  const earlier = useRef<typeof remembered>([]);
  const pending = useRef<LiveEvent[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const handOnSoon = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      const batch = pending.current;
      pending.current = [];
      if (batch.length < HELD) latest.current.onBatch(batch);
      else publish({ type: "reset" });
    }, latest.current.everyMs);
  }, []);
  useEffect(() => {
    latest.current = { onBatch, wanted, answeredAtMs, everyMs };
  });
  useEffect(() => {
    earlier.current = remembered.slice();
    return () => {
      if (timer.current) clearTimeout(timer.current);
    };
  }, []);
  useEffect(() => {
    if (!ready) return;
    const askedAtMs = latest.current.answeredAtMs - ANSWER_MS;
    const since = earlier.current.filter(({ atMs }) => atMs >= askedAtMs);
    earlier.current = [];
    if (since[0]?.event.type === "reset") publish({ type: "reset" });
    const missed = since.map(({ event }) => event).filter(latest.current.wanted);
    pending.current = [...missed, ...pending.current];
    if (pending.current.length > 0) handOnSoon();
  }, [ready, handOnSoon]);
  useLive((event) => {
    if (!wanted(event)) return;
    if (pending.current.length < HELD) pending.current.push(event);
    if (ready) handOnSoon();
  });
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    () => state,
  );
}
