import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { checksSentence } from "./sentence";

const row = (name: string, runs?: number, failed = 0) => ({
  check: { name },
  counts: runs === undefined ? undefined : { runs, failed },
});

it.each([
  [[], "Nothing is asked of finished runs yet."],
  [[row("a")], "1 check."],
  [[row("a", 0)], "1 check, no run asked yet."],
  [[row("a", 3), row("b", 2)], "Every run passed what 2 checks asked."],
  [[row("a", 3, 1), row("b", 1)], "a: 1 of 3 runs did not pass."],
  [[row("a", 3, 1), row("b", 9, 9)], "b: 9 of 9 runs did not pass; 1 other check failed too."],
])("%#", (rows, said) => {
  expect(sentenceText(checksSentence(rows))).toBe(said);
});
