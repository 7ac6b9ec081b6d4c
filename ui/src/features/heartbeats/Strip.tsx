/** Expected times, oldest first, each drawn as what came of it: told apart by shape as well as by color. */
import type { Expectation } from "../../api/types";
import { useNow } from "../../ui/useNow";
import { answerWord, ANSWERS, expectationWords, stripWords, type AnswerWord } from "./answers";
import styles from "./Strip.module.css";

const STEP = 9;
const WIDTH = 7;
const HEIGHT = 22;

export function Strip({
  expectations,
  large = false,
}: {
  expectations: Expectation[];
  large?: boolean;
}) {
  const now = useNow();
  const width = expectations.length * STEP;
  return (
    <svg
      // As wide as it needs, or as there is room: the newest stay to the right.
      viewBox={`0 0 ${Math.max(STEP, width)} ${HEIGHT}`}
      width={width * (large ? 1.6 : 1)}
      height={HEIGHT * (large ? 1.6 : 1)}
      preserveAspectRatio="xMaxYMid slice"
      role="img"
      aria-label={stripWords(expectations)}
      className={styles.strip}
    >
      {expectations.map((one, at) => (
        <g key={`${one.at} ${one.answer}`} transform={`translate(${at * STEP} 0)`}>
          <title>{expectationWords(one, now)}</title>
          <rect width={STEP} height={HEIGHT} fill="transparent" />
          <Mark answer={answerWord(one.answer)} />
        </g>
      ))}
    </svg>
  );
}

function Mark({ answer }: { answer: AnswerWord }) {
  const bar = { x: 1, width: WIDTH, rx: 1.5 };
  switch (answer) {
    case "ok":
      return <rect {...bar} y="5" height="12" className={styles.ok} />;
    case "late":
      return <rect {...bar} y="11" height="6" className={styles.late} />;
    case "failed":
      return (
        <>
          <rect {...bar} y="2" height="18" className={styles.failed} />
          <path d="M2.8 9.2l3.4 3.6M6.2 9.2l-3.4 3.6" className={styles.cross} />
        </>
      );
    case "too_long":
      return <rect {...bar} y="1" height="20" className={styles.late} />;
    case "overlapping":
      return (
        <>
          <rect x="1" width="4" y="3" height="11" rx="1" className={styles.late} />
          <rect x="4.5" width="4" y="8" height="11" rx="1" className={styles.late} />
        </>
      );
    case "running":
      return <rect {...bar} y="5" height="12" className={styles.running} />;
    case "missed":
      return (
        <rect
          x="1.75"
          width={WIDTH - 1.5}
          y="2.75"
          height="16.5"
          rx="1.5"
          className={styles.missed}
        />
      );
    case "unknown":
      return <circle cx={1 + WIDTH / 2} cy="11" r="1.5" className={styles.unknown} />;
    case "due":
      return <rect x="1.5" width={WIDTH - 1} y="5.5" height="11" rx="1.5" className={styles.due} />;
  }
}

export const answersIn = (expectations: Expectation[]): AnswerWord[] =>
  expectations.map(({ answer }) => answerWord(answer));

/** What the marks mean, of those that are there. */
export function StripLegend({ answers }: { answers: AnswerWord[] }) {
  const words = (Object.keys(ANSWERS) as AnswerWord[]).filter((word) => answers.includes(word));
  return (
    <ul className={styles.legend} aria-label="What the marks mean">
      {words.map((answer) => (
        <li key={answer}>
          <svg width={STEP} height={HEIGHT} aria-hidden="true">
            <Mark answer={answer} />
          </svg>
          {ANSWERS[answer]}
        </li>
      ))}
    </ul>
  );
}
