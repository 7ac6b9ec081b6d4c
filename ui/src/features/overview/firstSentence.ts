/**
 * The overview's sentence before the code that draws pages is there: said of the same answers, in the
 * same words and in the same place as OverviewPage does, which then takes over.
 */
import type { QueryClient } from "@tanstack/react-query";
import { agentsQuery } from "../../api/figures";
import shell from "../../app/Shell.module.css";
import type { RangeSearch } from "../../grammar/range";
import { pageRange } from "../../grammar/useRange";
import pageHead from "../../ui/PageHead.module.css";
import { wordsClass, type Words } from "../../ui/Sentence";
import styles from "../../ui/Sentence.module.css";
import { failedQuery } from "./queries";
import { DEFAULT_RANGE } from "./search";
import { overviewWords } from "./sentence";

/** A page that is not looked at gets no frame; it is not kept waiting for one. */
const FRAME_MS_MAX = 100;

let painted = Promise.resolve();

/** Until the sentence, if it was said, has been seen. */
export const firstSentencePainted = () => painted;

/** Nothing where no agent is known, or the page was faster. */
export function sayFirstSentence(queryClient: QueryClient, search: RangeSearch) {
  const root = document.getElementById("root");
  const range = pageRange(search, DEFAULT_RANGE);
  const agents = queryClient.getQueryData(agentsQuery(range.asked).queryKey) ?? [];
  if (!root || root.childElementCount > 0 || agents.length === 0) return;
  const failed = queryClient.getQueryData(failedQuery(range, agents).queryKey);
  root.append(page(overviewWords(agents, search, failed?.runs ?? [])));
  painted = new Promise((resolve) => {
    // The task after a frame's callbacks comes when the frame has been painted.
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, FRAME_MS_MAX);
  });
}

/** As Shell, PageHead and Sentence place it. Texts are set as texts: names are hostile. */
function page(words: Words[]): HTMLElement {
  const spans = words.map((part) => element("span", wordsClass(part), part.text));
  return element(
    "div",
    shell.app,
    element("header", shell.narrowBar, element("div", shell.menuButton)),
    element("div", shell.side),
    element(
      "main",
      shell.main,
      element("div", pageHead.head, element("span", pageHead.crumb, "Overview")),
      element("h1", styles.sentence, ...spans),
    ),
  );
}

function element(tag: string, className: string | undefined, ...children: (string | Node)[]) {
  const made = document.createElement(tag);
  made.className = className ?? "";
  made.append(...children);
  return made;
}
