import { kindLook, type Shape } from "./kinds";

const FILLED: Partial<Record<Shape, string>> = {
  square:
    "M1.5 3a1.5 1.5 0 0 1 1.5-1.5h4a1.5 1.5 0 0 1 1.5 1.5v4a1.5 1.5 0 0 1-1.5 1.5h-4a1.5 1.5 0 0 1-1.5-1.5z",
  circle: "M5 1a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
  diamond: "M5 .3 9.7 5 5 9.7.3 5z",
  triangle: "M5 1 9.4 8.8H.6z",
  mark: "M4 1h2v8H4z",
};
const DRAWN: Partial<Record<Shape, string>> = {
  ring: "M5 1.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4z",
  "triangle-open": "M5 1.8 8.5 8.2h-7z",
  hexagon: "M3 1.4h4L9 5 7 8.6H3L1 5z",
  shield: "M5 1l3.4 1.2v2.6C8.4 7 7 8.4 5 9.2 3 8.4 1.6 7 1.6 4.8V2.2z",
  scale: "M1.5 5.5l2.2 2.5 4.8-6",
  "square-open": "M2 2h6v6H2z",
};

/** A span's kind as a shape in its hue; the word is its name for those who do not see it. */
export function KindIcon({ kind }: { kind: string }) {
  const { label, hue, shape } = kindLook(kind);
  const filled = FILLED[shape];
  return (
    <svg
      width="10"
      height="10"
      viewBox="0 0 10 10"
      role="img"
      aria-label={label}
      style={{ flex: "none", color: `var(--${hue})` }}
    >
      <title>{label}</title>
      {filled ? (
        <path d={filled} fill="currentColor" />
      ) : (
        <path
          d={DRAWN[shape]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      )}
    </svg>
  );
}
