/** What can be read at all: words that are broken, texts that are cut without a sign, a chosen row out of sight. */
import type { Page } from "@playwright/test";

export function textFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    /** Longer is an id, an address or somebody's hostile text, which may be broken anywhere. */
    const WORD_MAX = 16;
    /** Of a long text its beginning is enough. */
    const TEXT_MAX = 400;
    /** A shorter one of ours is a word that says a state: the dots of an ellipsis take what it says. */
    const CUT_MIN = 9;
    const faults = new Set<string>();
    const told = (text: string, element: Element) =>
      `“${text.trim().slice(0, 40)}” in ${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;

    const brokenWord = (node: Text): string | undefined => {
      const range = document.createRange();
      range.selectNodeContents(node);
      if (range.getClientRects().length < 2) return undefined;
      // A word ends where a line may: at spaces and after signs.
      for (const { index, 0: word } of node.data.slice(0, TEXT_MAX).matchAll(/[\p{L}\p{N}]+/gu)) {
        if (word.length > WORD_MAX) continue;
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const [first, ...others] = range.getClientRects();
        if (others.some(({ top, width }) => width > 0 && top > (first?.top ?? 0) + 4)) return word;
      }
      return undefined;
    };

    /** The box that cuts it, where nothing there shows that it does. */
    const silentCut = (node: Text, from: Element, isOurs: boolean): Element | undefined => {
      const range = document.createRange();
      range.selectNodeContents(node);
      let { left, right } = range.getBoundingClientRect();
      // An ellipsis stands only in the box whose lines the text is in.
      let isOwn = true;
      for (let box: Element | null = from; box; box = box.parentElement) {
        const { overflowX, textOverflow, display } = getComputedStyle(box);
        // What is scrolled can be seen whole.
        if (overflowX === "auto" || overflowX === "scroll") return undefined;
        if (display === "inline") continue;
        const mayBeCut = !isOurs || node.data.trim().length >= CUT_MIN;
        const hasEllipsis =
          isOwn && mayBeCut && textOverflow === "ellipsis" && !/flex|grid/.test(display);
        isOwn = false;
        if (overflowX === "visible") continue;
        const inner = box.getBoundingClientRect();
        // It is not seen at all, or only by who does not look.
        if (left >= inner.right || right <= inner.left || inner.width <= 1) return undefined;
        if (!hasEllipsis && (right > inner.right + 1 || left < inner.left - 1)) return box;
        left = Math.max(left, inner.left);
        right = Math.min(right, inner.right);
      }
      return undefined;
    };

    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node as Text;
      const element = text.parentElement;
      if (!element || text.data.trim() === "") continue;
      if (element.closest("pre, textarea, option, .visually-hidden")) continue;
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      // What others named and code may be broken where there is no room.
      const isOurs = !element.closest("bdi") && !/mono/.test(getComputedStyle(element).fontFamily);
      const word = isOurs ? brokenWord(text) : undefined;
      if (word) faults.add(`broken: ${told(word, element)}`);
      const cut = silentCut(text, element, isOurs);
      if (cut) faults.add(`cut: ${told(text.data, element)} by ${told("", cut)}`);
    }

    for (const row of document.querySelectorAll('[role=row][aria-selected="true"]')) {
      const scroller = row.closest('[role="treegrid"], [role="grid"]');
      const head = scroller?.querySelector("[role=columnheader]")?.closest("[role=row]");
      if (!scroller || !head) continue;
      const { top, bottom } = row.getBoundingClientRect();
      const visible = scroller.getBoundingClientRect();
      if (top < head.getBoundingClientRect().bottom - 1 || bottom > visible.bottom + 1) {
        faults.add(`out of sight: ${told(row.textContent, row)}`);
      }
    }
    return [...faults];
  });
}
