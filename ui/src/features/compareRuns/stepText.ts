/** What went into a step and what came out, as text whose lines can be compared. Pure. */
import type { SpanDetail } from "../../api/types";
import { messageText, valueText } from "../run/messageText";

export function inputText(detail: SpanDetail): string {
  const messages = detail.messages.filter(({ direction }) => direction === "input");
  return messages.length > 0 ? messages.map(messageText).join("\n\n") : valueText(detail.input);
}

export function outputText(detail: SpanDetail): string {
  const messages = detail.messages.filter(({ direction }) => direction === "output");
  if (messages.length > 0) return messages.map(messageText).join("\n\n");
  return detail.error
    ? [detail.error.type, detail.error.message].filter(Boolean).join(": ")
    : valueText(detail.output);
}
