import { useQuery } from "@tanstack/react-query";
import { statsQuery } from "../../api/figures";
import type { Agent } from "../../api/types";
import { bucketFor } from "../../grammar/range";
import type { PageRange } from "../../grammar/useRange";
import { Sparkline } from "../../ui/Sparkline";
import { sparkBars } from "./bars";

const BARS = 28;
const DAY_MS = 86_400_000;

/** Asked for when its row comes into sight. */
export function AgentSparkline({ agent, range }: { agent: Agent; range: PageRange }) {
  const { sinceMs, untilMs } = range.now();
  const fromMs = sinceMs ?? Math.min(untilMs - DAY_MS, Date.parse(agent.created_at));
  const bucket = bucketFor(untilMs - fromMs, BARS);
  const stats = useQuery({
    ...statsQuery(range.asked, agent.name, bucket.text),
    staleTime: 30_000,
  });
  // Its place is kept free; the figures beside it say the same.
  if (!stats.data) return null;
  const bars = sparkBars(stats.data.buckets, fromMs, untilMs, bucket.ms, untilMs);
  return <Sparkline bars={bars} label={`Runs of ${agent.name} over time`} />;
}
