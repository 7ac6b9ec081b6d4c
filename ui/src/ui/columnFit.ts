/** Which columns of a table there is room for. Pure. */

export interface Fitted {
  id: string;
  /** A CSS grid track: `76px`, `minmax(140px, 1fr)`. */
  track: string;
  /** The table says enough without it. */
  minor?: boolean | undefined;
}

/** What a track takes at least. */
function leastPx(track: string): number {
  return Number(/(\d+)px/.exec(track)?.[1] ?? 0);
}

/**
 * The columns left out so that the others have room: of the minor ones the last first. `null` where
 * there is no room without all of them either.
 */
export function leftOut(
  columns: Fitted[],
  gapPx: number,
  widthPx: number,
): ReadonlySet<string> | null {
  const takesPx = ({ track }: Fitted) => leastPx(track) + gapPx;
  let needPx = columns.reduce((sum, column) => sum + takesPx(column), 0) - gapPx;
  const out = new Set<string>();
  for (const column of columns.toReversed()) {
    if (needPx <= widthPx) break;
    if (!column.minor) continue;
    out.add(column.id);
    needPx -= takesPx(column);
  }
  return needPx <= widthPx ? out : null;
}
