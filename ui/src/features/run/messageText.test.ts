import { expect, it } from "vitest";
import type { Part } from "../../api/types";
import { messageText, partText } from "./messageText";

it.each<[Part, string]>([
  [{ type: "text", text: "a\nb" }, "a\nb"],
  [
    { type: "tool_call", id: null, name: "find", arguments: '{"b":1,"a":[2]}' },
    'find({\n  "a": [\n    2\n  ],\n  "b": 1\n})',
  ],
  [{ type: "tool_call_response", id: null, result: "plain" }, "result: plain"],
  [{ type: "image", media_type: "image/png", url: null, data: "AA" }, "[image image/png]"],
  [{ type: "other", value: 7 }, "7"],
])("%j is copied as %j", (part, expected) => expect(partText(part)).toBe(expected));

it("says who spoke", () => {
  expect(
    messageText({
      role: "user",
      name: "ann",
      direction: "input",
      parts: [{ type: "text", text: "hi" }],
    }),
  ).toBe("user ann:\nhi");
});
