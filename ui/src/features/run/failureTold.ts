/** What a span's failure says in full: its summary keeps only the beginning, its event all of it. Pure. */
import type { SpanDetail } from "../../api/types";

/** So much of a message stays in the summary of a span, without a mark where it was cut. */
const SUMMARY_CHARS = 256;

export interface FailureTold {
  message: string | null;
  stack: string | null;
}

export function failureTold(
  message: string | null,
  events: Pick<SpanDetail["events"][number], "name" | "attributes">[],
): FailureTold {
  const exceptions = events
    .filter(({ name }) => name === "exception")
    .map(({ attributes }) => ({
      message: text(attributes["exception.message"]),
      stack: text(attributes["exception.stacktrace"]),
    }));
  const whole = exceptions.findLast((each) => message && each.message?.startsWith(message));
  // A traceback sent as the message: the summary keeps its last line.
  const around = exceptions.findLast(
    (each) => message && each !== whole && each.message?.includes(message),
  );
  const cut = message && [...message].length >= SUMMARY_CHARS ? `${message}…` : message;
  return {
    message: whole?.message ?? cut,
    stack:
      whole?.stack ?? exceptions.findLast(({ stack }) => stack)?.stack ?? around?.message ?? null,
  };
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
