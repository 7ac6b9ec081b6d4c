import { describe, expect, it } from "vitest";
import { failureTold } from "./failureTold";

const long = "x".repeat(300);
const exception = (attributes: Record<string, unknown>) => ({ name: "exception", attributes });

describe("what a failure says", () => {
  it.each([
    ["nothing more is known", "boom", [], { message: "boom", stack: null }],
    [
      "the event has all of it",
      long.slice(0, 256),
      [exception({ "exception.message": long, "exception.stacktrace": "at a\nat b" })],
      { message: long, stack: "at a\nat b" },
    ],
    [
      "what is cut and told nowhere else says so",
      long.slice(0, 256),
      [],
      { message: `${long.slice(0, 256)}…`, stack: null },
    ],
    [
      "another exception's message is not its own, though its stack may help",
      "boom",
      [exception({ "exception.message": "bang", "exception.stacktrace": "at c" })],
      { message: "boom", stack: "at c" },
    ],
    [
      "a traceback sent as the message, whose last line is what it says",
      "KeyError: 'q'",
      [exception({ "exception.message": "Traceback:\n  line 88\nKeyError: 'q'" })],
      { message: "KeyError: 'q'", stack: "Traceback:\n  line 88\nKeyError: 'q'" },
    ],
    [
      "a stack without a message",
      null,
      [exception({ "exception.stacktrace": "at d" }), { name: "retry", attributes: {} }],
      { message: null, stack: "at d" },
    ],
  ])("%s", (_, message, events, told) => {
    expect(failureTold(message, events)).toEqual(told);
  });
});
