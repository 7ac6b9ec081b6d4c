/** A recorded value in its best form: JSON as a tree, prose as Markdown, anything else as it is. */
import { Component, lazy, Suspense, type ReactNode } from "react";
import { JsonTree } from "../../ui/JsonTree";
import { LongText } from "../../ui/LongText";
import styles from "./RichValue.module.css";
import { asJson } from "./asJson";

// Asked for with the page, not with the first text, so that no text is laid out twice.
const loading = import("../../ui/Markdown");
const Markdown = lazy(() => loading);

/** Longer text is shown as it is: laying it out as Markdown would hold up the page. */
const MARKDOWN_CHARACTERS_MAX = 20_000;

export function RichValue({ value, markdown }: { value: unknown; markdown: boolean }) {
  const json = asJson(value);
  if (json !== undefined) return <JsonTree value={json} openDepth={3} />;
  const text = typeof value === "string" ? value : String(value);
  const plain = <LongText text={text} className={markdown ? styles.prose : styles.plain} />;
  if (!markdown || text.length > MARKDOWN_CHARACTERS_MAX) return plain;
  return (
    <AsItIs instead={plain}>
      <Suspense fallback={plain}>
        <Markdown text={text} />
      </Suspense>
    </AsItIs>
  );
}

/** Text that the Markdown renderer cannot bear, such as thousands of nested quotes. */
class AsItIs extends Component<{ instead: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError() {
    return { failed: true };
  }
  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
