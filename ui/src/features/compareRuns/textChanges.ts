/** What of two texts is the same, and what only one of them has: by lines, and by words where lines are alike. Pure. */
import { diffLines, diffWordsWithSpace, type Change } from "diff";

/** Beyond it words would take too long; whole lines are told then. */
const WORDS_CHARACTERS_MAX = 20_000;
/** With more than this share of the characters of some lines changed, words would be confetti. */
const WORDS_CHANGED_MAX = 0.5;
const TIMEOUT_MS = 300;

/** Null of texts that are too different to be compared in time. */
export function textChanges(a: string, b: string): Change[] | null {
  const lines = diffLines(a, b, { timeout: TIMEOUT_MS });
  if (!lines) return null;
  let left = WORDS_CHARACTERS_MAX;
  return lines.flatMap((change, at) => {
    const [before, after] = [lines[at - 1], lines[at + 1]];
    // Told together with the lines that stand in their place.
    if (change.added && before?.removed) return [];
    if (!change.removed || !after?.added) return [change];
    left -= change.value.length + after.value.length;
    const words =
      left > 0 ? diffWordsWithSpace(change.value, after.value, { timeout: TIMEOUT_MS }) : undefined;
    return words && changedShare(words) <= WORDS_CHANGED_MAX ? words : [change, after];
  });
}

function changedShare(changes: Change[]): number {
  let [changed, all] = [0, 0];
  for (const { value, added, removed } of changes) {
    all += value.length;
    if (added || removed) changed += value.length;
  }
  return all === 0 ? 0 : changed / all;
}
