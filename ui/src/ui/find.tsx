/**
 * Finding text within a part of the page. Matches are painted by the browser (CSS Custom Highlight
 * API), so that nothing of what is shown changes; what is folded or cut opens where it holds a match.
 */
import {
  createContext,
  useContext,
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from "react";
import styles from "./find.module.css";
import { Icon } from "./Icon";
import { useShortcuts } from "./shortcuts";

const FOUND = "found";
const CURRENT = "found-current";
/** More could not be looked through one by one. */
const MATCHES_MAX = 1_000;

/** What is looked for, in lower case; empty while nothing is. */
export const FindContext = createContext("");

/** Whether `text()` holds what is looked for, so that it must not stay folded. */
export function useHoldsMatch(text: () => string): boolean {
  const query = useContext(FindContext);
  return query !== "" && text().toLowerCase().includes(query);
}

function matchesIn(container: HTMLElement, query: string): Range[] {
  const ranges: Range[] = [];
  if (query === "") return ranges;
  const walker = document.createTreeWalker(container, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && ranges.length < MATCHES_MAX) {
    const node = walker.currentNode;
    const text = (node.nodeValue ?? "").toLowerCase();
    let at = text.indexOf(query);
    while (at !== -1 && ranges.length < MATCHES_MAX) {
      const range = new Range();
      // Lower case may be longer than what it stands for.
      range.setStart(node, Math.min(at, node.nodeValue?.length ?? 0));
      range.setEnd(node, Math.min(at + query.length, node.nodeValue?.length ?? 0));
      ranges.push(range);
      at = text.indexOf(query, at + query.length);
    }
  }
  return ranges;
}

function paint(ranges: Range[], current: number) {
  // Older browsers only count.
  if (!("highlights" in CSS)) return;
  if (ranges.length === 0) {
    CSS.highlights.delete(FOUND);
    CSS.highlights.delete(CURRENT);
    return;
  }
  CSS.highlights.set(FOUND, new Highlight(...ranges));
  const range = ranges[current];
  if (range) CSS.highlights.set(CURRENT, new Highlight(range));
}

export function FindBox({
  label,
  within,
  query,
  onQuery,
}: {
  label: string;
  within: RefObject<HTMLElement | null>;
  query: string;
  onQuery: (query: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<Range[]>([]);
  const [current, setCurrent] = useState(0);

  useEffect(() => {
    const container = within.current;
    if (!container) return;
    const look = () => setFound(matchesIn(container, query.toLowerCase()));
    look();
    if (query === "") return;
    // Bodies that arrive and folds that open bring more.
    let frame = 0;
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    });
    observer.observe(container, { childList: true, subtree: true, characterData: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [within, query]);
  useEffect(() => paint(found, current), [found, current]);
  useEffect(() => () => paint([], 0), []);

  function go(to: number) {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    setCurrent(next);
    found[next]?.startContainer.parentElement?.scrollIntoView({ block: "center" });
  }
  function pressed(event: KeyboardEvent) {
    if (event.key === "Enter") go(current + (event.shiftKey ? -1 : 1));
    else if (event.key === "Escape") onQuery("");
    else return;
    event.preventDefault();
  }
  useShortcuts([{ keys: ["f"], does: label, run: () => input.current?.select() }]);
  return (
    <div className={styles.box} role="search">
      <Icon name="search" size={12} />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder="Find (f)"
        value={query}
        onChange={(event) => {
          setCurrent(0);
          onQuery(event.target.value);
        }}
        onKeyDown={pressed}
      />
      <span role="status" className={styles.count}>
        {query === ""
          ? ""
          : found.length === 0
            ? "none"
            : `${current + 1}/${found.length === MATCHES_MAX ? `${MATCHES_MAX}+` : found.length}`}
      </span>
    </div>
  );
}
