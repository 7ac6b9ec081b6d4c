/** Where a span's bar stands in a window of time, and the axis above it. Pure arithmetic. */

export interface TimeWindow {
  fromMs: number;
  toMs: number;
}

export interface Bar {
  /** Shares of the window's width. */
  left: number;
  width: number;
}

/** `null` when nothing of it lies within. A moment has width 0. */
export function placeBar(startMs: number, endMs: number, window: TimeWindow): Bar | null {
  const length = window.toMs - window.fromMs;
  if (endMs < window.fromMs || startMs > window.toMs) return null;
  if (length <= 0) return { left: 0, width: 1 };
  const left = Math.max(0, (startMs - window.fromMs) / length);
  const right = Math.min(1, (endMs - window.fromMs) / length);
  return { left, width: Math.max(0, right - left) };
}

const STEPS = [1, 2, 5];

/** Round moments, as milliseconds from `originMs`, at most `countMax` of them. */
export function axisTicks(window: TimeWindow, originMs: number, countMax: number): number[] {
  const length = window.toMs - window.fromMs;
  if (!(length > 0) || countMax < 1) return [];
  const step = niceStep(length / countMax);
  const first = Math.ceil((window.fromMs - originMs) / step);
  const ticks: number[] = [];
  for (let n = first; n * step <= window.toMs - originMs && ticks.length <= countMax; n++) {
    ticks.push(n * step);
  }
  return ticks;
}

/** The round length not below `atLeastMs`: 1, 2, 5 by tens below a minute, then clock lengths. */
function niceStep(atLeastMs: number): number {
  for (const clock of [60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000]) {
    if (atLeastMs > 30_000 && atLeastMs <= clock) return clock;
  }
  if (atLeastMs > 10_000 && atLeastMs <= 30_000) return atLeastMs <= 20_000 ? 20_000 : 30_000;
  const power = 10 ** Math.floor(Math.log10(atLeastMs));
  for (const step of STEPS) if (step * power >= atLeastMs) return step * power;
  return 10 * power;
}

/** The moment under the pointer, kept within the window. */
export function timeAt(share: number, window: TimeWindow): number {
  return window.fromMs + Math.min(1, Math.max(0, share)) * (window.toMs - window.fromMs);
}

/**
 * A window around `aroundMs`, `factor` times as long, never beyond `whole` nor shorter than a
 * hundred-thousandth of it.
 */
export function zoom(
  window: TimeWindow,
  aroundMs: number,
  factor: number,
  whole: TimeWindow,
): TimeWindow {
  const wholeLength = whole.toMs - whole.fromMs;
  const length = Math.min(
    wholeLength,
    Math.max(wholeLength / 100_000, (window.toMs - window.fromMs) * factor),
  );
  const share = (aroundMs - window.fromMs) / (window.toMs - window.fromMs || 1);
  const fromMs = Math.min(whole.toMs - length, Math.max(whole.fromMs, aroundMs - share * length));
  return { fromMs, toMs: fromMs + length };
}
