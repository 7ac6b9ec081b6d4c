/**
 * The figures of a run, a span or an agent, written the same wherever they stand. Each takes the
 * value as the API gives it, and says why when there is none.
 */
import type { Tokens as TokenCounts } from "../api/types";
import { Unknown } from "../ui/Unknown";
import { useNow } from "../ui/useNow";
import {
  costSource,
  formatAgo,
  formatClock,
  formatCompact,
  formatCost,
  formatCount,
  formatDuration,
  formatShare,
} from "./format";

export function Cost({
  usd,
  source,
  unpricedModels = [],
}: {
  usd: string | null;
  source?: string | null | undefined;
  unpricedModels?: string[];
}) {
  if (usd === null) return <Unknown reason={unpricedReason(unpricedModels)} />;
  const title = [
    `$${usd}`,
    ...(source ? [costSource(source)] : []),
    ...(unpricedModels.length > 0
      ? [`without ${unpricedModels.join(", ")}, which has no known price`]
      : []),
  ].join(" · ");
  // Some calls had no price: the sum is the least it was.
  return (
    <span title={title}>
      {unpricedModels.length > 0 ? "≥" : ""}
      {formatCost(usd)}
    </span>
  );
}

export function unpricedReason(models: string[]): string {
  return models.length > 0
    ? `no price known for ${models.join(", ")}`
    : "neither a price nor the tokens it would apply to were reported";
}

export function Tokens({
  tokens,
  estimated = false,
}: {
  tokens: TokenCounts | null;
  estimated?: boolean;
}) {
  if (tokens === null || (tokens.input === null && tokens.output === null)) {
    return <Unknown reason="no token counts were reported" />;
  }
  return (
    <span title={tokensTitle(tokens, estimated)}>
      {estimated ? "~" : ""}
      {tokens.input === null ? "–" : formatCompact(tokens.input)}
      {/* An embedding has no output, which is not the same as an unknown one. */}
      {tokens.output === null ? null : (
        <>
          <span className="faint">→</span>
          {formatCompact(tokens.output)}
        </>
      )}
    </span>
  );
}

function tokensTitle(tokens: TokenCounts, estimated: boolean): string {
  const part = (count: number | null, noun: string) =>
    count ? [`${formatCount(count)} ${noun}`] : [];
  const input = [
    ...part(tokens.cache_read, "read from cache"),
    ...part(tokens.cache_write, "written to cache"),
  ];
  const output = part(tokens.reasoning, "reasoning");
  const side = (count: number | null, word: string, of: string[]) =>
    `${count === null ? "unknown" : formatCount(count)} ${word}${of.length > 0 ? ` (of these ${of.join(", ")})` : ""}`;
  return `${side(tokens.input, "tokens in", input)}, ${side(tokens.output, "out", output)}${estimated ? "; estimated, not reported" : ""}`;
}

/** Counts on while there is no end. */
export function Duration({ ms, startedAt }: { ms: number | null; startedAt?: string | undefined }) {
  if (ms !== null) return <span title={`${formatCount(ms)} ms`}>{formatDuration(ms)}</span>;
  if (startedAt) return <Elapsed since={startedAt} />;
  return <Unknown reason="it has not ended" />;
}

function Elapsed({ since }: { since: string }) {
  const now = useNow();
  return (
    <span className="dim" title="still running">
      {formatDuration(Math.max(0, Math.floor((now - Date.parse(since)) / 1000) * 1000)).replace(
        ".0 s",
        " s",
      )}
      …
    </span>
  );
}

export function Clock({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={at}>
      {formatClock(at, now)}
    </time>
  );
}

export function Ago({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <Unknown reason="none yet" />;
  return (
    <time dateTime={at} title={`${formatClock(at, now)} (${at})`}>
      {formatAgo(at, now)}
    </time>
  );
}

/** A share of runs with the counts it is made of: did its job, did not, gave no signal. */
export function SuccessRate({
  rate,
  success,
  failure,
  noSignal,
}: {
  rate: number | null;
  success: number;
  failure: number;
  noSignal: number;
}) {
  const counts = `${formatCount(success)} did their job, ${formatCount(failure)} did not, ${formatCount(noSignal)} gave no signal`;
  if (rate === null) return <Unknown reason="no run said whether it did its job" />;
  return <span title={counts}>{formatShare(rate)}</span>;
}
