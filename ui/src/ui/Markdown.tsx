/**
 * Markdown from untrusted text. No HTML passes; a link is shown with its address and leads
 * nowhere; an image is named, not fetched. Loaded when first needed.
 */
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import styles from "./Markdown.module.css";

const components: Components = {
  a: ({ href, children }) => (
    <span className={styles.link} title="Links in recorded text are shown, not followed">
      {children}
      {href && href !== textOf(children) ? <span className={styles.address}> ({href})</span> : null}
    </span>
  ),
  img: ({ src, alt }) => (
    <span className={styles.address}>
      [image{alt ? `: ${alt}` : ""}
      {typeof src === "string" && src ? `, ${src}` : ""}]
    </span>
  ),
  // A checkbox of a task list would be a form field without a name.
  input: ({ checked }) => <span>{checked ? "☑" : "☐"} </span>,
  // The page's own headings come first: whatever level a model wrote, it is text here.
  h1: ({ children }) => <p className={styles.heading}>{children}</p>,
  h2: ({ children }) => <p className={styles.heading}>{children}</p>,
  h3: ({ children }) => <p className={styles.heading}>{children}</p>,
  h4: ({ children }) => <p className={styles.heading}>{children}</p>,
  h5: ({ children }) => <p className={styles.heading}>{children}</p>,
  h6: ({ children }) => <p className={styles.heading}>{children}</p>,
};

function textOf(children: unknown): string {
  return typeof children === "string" ? children : "";
}

const plugins = [remarkGfm];

export default function Markdown({ text }: { text: string }) {
  return (
    <div className={styles.markdown}>
      <ReactMarkdown remarkPlugins={plugins} components={components} urlTransform={(url) => url}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
