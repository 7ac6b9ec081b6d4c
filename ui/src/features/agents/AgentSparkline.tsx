import { useQuery } from "@tanstack/react-query";
import type { Agent } from "../../api/types";
import type { PageRange } from "../../grammar/useRange";
import { Sparkline } from "../../ui/Sparkline";
import { sparkBars } from "./bars";
import { sparklineQuery, sparklineSpan } from "./queries";

/** Asked for when its row comes into sight. */
export function AgentSparkline({ agent, range }: { agent: Agent; range: PageRange }) {
  const { fromMs, untilMs, bucket } = sparklineSpan(agent, range);
  const stats = useQuery(sparklineQuery(agent, range));
  // Its place is kept free; the figures beside it say the same.
  if (!stats.data) return null;
  const bars = sparkBars(stats.data.buckets, fromMs, untilMs, bucket.ms, untilMs);
  return <Sparkline bars={bars} label={`Runs of ${agent.name} over time`} />;
}
