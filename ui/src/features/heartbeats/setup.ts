/** The lines that set a schedule and that tell of a run, for a shell. Pure. */
import type { Heartbeat } from "../../api/types";

/** One number and one unit, as the command line takes it. */
function oneUnit(seconds: number): string {
  const units = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "m"],
  ] as const;
  const [size, unit] = units.find(([each]) => seconds % each === 0) ?? [1, "s"];
  return `${seconds / size}${unit}`;
}

function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const encoded = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The address that a job asks for at its end, to tell that it ran. */
export function pingAddress(agent: string, origin: string, keysRequired: boolean): string {
  return `${origin}/v1/ping?${keysRequired ? "key=YOUR_KEY&" : ""}agent=${encoded(agent)}`;
}

export function setupLines(
  agent: string,
  { cron, time_zone, every_seconds }: Pick<Heartbeat, "cron" | "time_zone" | "every_seconds">,
  origin: string,
  keysRequired: boolean,
): { command: string; curl: string } {
  const when = cron
    ? `--cron ${quoted(cron)}${time_zone ? ` --tz ${quoted(time_zone)}` : ""}`
    : `--every ${oneUnit(every_seconds ?? 3600)}`;
  return {
    command: `vedette heartbeats expect ${quoted(agent)} ${when}`,
    curl: `curl -fsS '${pingAddress(agent, origin, keysRequired)}'`,
  };
}
