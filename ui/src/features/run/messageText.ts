/** Messages and values as plain text: to be copied, and to be compared line by line. Pure. */
import type { Message, Part } from "../../api/types";
import { asJson } from "./asJson";

export function messageText({ role, name, parts }: Message): string {
  return `${name ? `${role} ${name}` : role}:\n${parts.map(partText).join("\n")}`;
}

export function partText(part: Part): string {
  switch (part.type) {
    case "text":
    case "reasoning":
      return part.text;
    case "tool_call":
      return `${part.name}(${valueText(part.arguments)})`;
    case "tool_call_response":
      return `result: ${valueText(part.result)}`;
    case "image":
      return `[image ${part.url ?? part.media_type ?? ""}]`;
    default:
      return valueText(part.value);
  }
}

/** JSON on lines of its own, its keys in order, so that only what differs differs. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const json = asJson(value);
  if (json === undefined) return typeof value === "string" ? value : String(value);
  return JSON.stringify(json, sortedKeys, 2);
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
