import { useQuery } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Agent, AgentStats } from "../../api/types";
import { bucketFor, rangeLength } from "../../grammar/range";
import { Sparkline } from "../../ui/Sparkline";
import { sparkBars } from "./bars";

const BARS = 28;
const DAY_MS = 86_400_000;

/** Asked for when its row comes into sight. */
export function AgentSparkline({ agent, range }: { agent: Agent; range: string }) {
  const stats = useQuery({
    queryKey: ["agent-stats", agent.name, range],
    queryFn: async ({ signal }) => {
      const untilMs = Date.now();
      const lengthMs =
        rangeLength(range) ?? Math.max(DAY_MS, untilMs - Date.parse(agent.created_at));
      const bucket = bucketFor(lengthMs, BARS);
      const since = new Date(untilMs - lengthMs).toISOString();
      const { buckets } = await answer<AgentStats>(
        client.GET("/api/v1/agents/{name}/stats", {
          params: { path: { name: agent.name }, query: { since, bucket: bucket.text } },
          signal,
        }),
      );
      return sparkBars(buckets, untilMs - lengthMs, untilMs, bucket.ms, untilMs);
    },
    staleTime: 30_000,
  });
  // Its place is kept free; the figures beside it say the same.
  if (!stats.data) return null;
  return <Sparkline bars={stats.data} label={`Runs of ${agent.name} over time`} />;
}
