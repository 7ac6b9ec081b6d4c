/** The sentence a page opens with: words, some of them said in red, green or code. */
import styles from "./Sentence.module.css";

export interface Words {
  text: string;
  tone?: "bad" | "good" | "warn";
  code?: boolean;
}

export function Sentence({ words }: { words: Words[] }) {
  return (
    <h1 className={styles.sentence}>
      {words.map((part, at) => (
        <span
          // The words of one sentence have no other identity than their place.
          key={at}
          className={wordsClass(part)}
        >
          {part.text}
        </span>
      ))}
    </h1>
  );
}

export const wordsClass = ({ tone, code }: Words) => `${tone ?? ""} ${code ? styles.code : ""}`;

/** As one text, for the document's title. */
export function sentenceText(words: Words[]): string {
  return words.map((part) => part.text).join("");
}
