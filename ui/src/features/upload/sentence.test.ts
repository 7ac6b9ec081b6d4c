import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { uploadSentence } from "./sentence";

const said = (...reports: [runs: number, new_spans: number, skipped_count: number][]) =>
  sentenceText(
    uploadSentence(
      reports.map(([runs, new_spans, skipped_count]) => ({ runs, new_spans, skipped_count })),
    ),
  );

it("says what the files brought, and counts no run of a file twice", () => {
  expect(said()).toBe("Bring traces from a file.");
  expect(said([180, 1241, 0])).toBe("180 runs from 1 file.");
  expect(said([180, 1241, 0], [180, 0, 0], [2, 6, 0])).toBe(
    "182 runs from 2 files; 1 file was here already.",
  );
  expect(said([180, 0, 0])).toBe("Nothing new: this file was here already.");
  expect(said([180, 0, 0], [180, 0, 0])).toBe("Nothing new: these 2 files were here already.");
  expect(said([1, 1, 1])).toBe("1 run from 1 file, 1 line refused.");
  expect(said([0, 0, 4])).toBe("0 runs from 1 file, 4 lines refused.");
});
