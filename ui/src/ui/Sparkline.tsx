/** Counts over time as small bars, the failed part at the foot in red. */
export interface SparkBar {
  count: number;
  failed: number;
  title: string;
}

const HEIGHT = 22;

export function Sparkline({
  bars,
  label,
  width = 132,
}: {
  bars: SparkBar[];
  label: string;
  width?: number;
}) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const step = width / Math.max(1, bars.length);
  const scale = (count: number) => (count === 0 ? 0 : Math.max(1.5, (count / most) * (HEIGHT - 1)));
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={label}>
      <line x1="0" y1={HEIGHT - 0.5} x2={width} y2={HEIGHT - 0.5} stroke="var(--line)" />
      {bars.map((bar, at) => (
        <g key={bar.title}>
          <title>{bar.title}</title>
          {/* As high as the drawing, so that an empty stretch tells its time too. */}
          <rect x={at * step} y="0" width={step} height={HEIGHT} fill="transparent" />
          <rect
            x={at * step + 0.5}
            y={HEIGHT - scale(bar.count)}
            width={Math.max(1, step - 1)}
            height={scale(bar.count)}
            fill="color-mix(in srgb, var(--llm) 55%, var(--panel))"
          />
          <rect
            x={at * step + 0.5}
            y={HEIGHT - scale(bar.failed)}
            width={Math.max(1, step - 1)}
            height={scale(bar.failed)}
            fill="var(--bad)"
          />
        </g>
      ))}
    </svg>
  );
}
