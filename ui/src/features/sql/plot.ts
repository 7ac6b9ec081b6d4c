/** What of an answer can be drawn: one column along, one number up. Pure. */

export interface Column {
  name: string;
  type: string;
}

export interface Plot {
  along: number;
  up: number;
  kind: "time" | "groups";
}

const isNumber = ({ type }: Column) => type === "integer" || type === "number";

/** The first time or text column, and the chosen or first number that is another; null if there is none. */
export function plotOf(columns: Column[], chosen?: string): Plot | null {
  const along = columns.findIndex(({ type }) => type === "time");
  const name =
    along >= 0 ? along : columns.findIndex(({ type }) => type === "text" || type === "boolean");
  const start = name >= 0 ? name : 0;
  const numbers = columns.flatMap((column, at) => (isNumber(column) && at !== start ? [at] : []));
  const up = numbers.find((at) => columns[at]?.name === chosen) ?? numbers[0];
  if (up === undefined || columns.length < 2) return null;
  return { along: start, up, kind: along >= 0 ? "time" : "groups" };
}

/** The columns that can be drawn upwards. */
export function numberColumns(columns: Column[], along: number): string[] {
  return columns.flatMap((column, at) => (isNumber(column) && at !== along ? [column.name] : []));
}

export interface Point {
  ms: number;
  value: number;
}

const MINUTE_MS = 60_000;

/**
 * Where all points stand on whole minutes they are of stretches such as hours or days, as long as the least distance
 * of two; where some are missing between two points, the line has a gap, which is null. Other points are moments.
 */
export function withGaps(points: Point[]): (Point | null)[] {
  const distances = points.slice(1).map(({ ms }, at) => ms - (points[at]?.ms ?? ms));
  const step = Math.min(...distances.filter((distance) => distance > 0));
  if (points.some(({ ms }) => ms % MINUTE_MS !== 0)) return points;
  return points.flatMap((point, at) =>
    // Months are of unequal length, and so are days when the clock changes.
    (distances[at - 1] ?? 0) > 1.5 * step ? [null, point] : [point],
  );
}

/** Points in order of time; rows without a time or a number are left out. */
export function timePoints(rows: unknown[][], { along, up }: Plot): Point[] {
  return rows
    .flatMap((row) => {
      const [at, value] = [row[along], row[up]];
      const ms = typeof at === "string" ? Date.parse(at) : Number.NaN;
      return Number.isNaN(ms) || typeof value !== "number" ? [] : [{ ms, value }];
    })
    .toSorted((a, b) => a.ms - b.ms);
}
