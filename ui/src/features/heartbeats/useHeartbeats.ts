/** What is asked of schedules, and how the answers follow what happens. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import { useLiveBatches } from "../../api/stream";
import type { Heartbeat, HeartbeatDetail } from "../../api/types";

const LIVE_MS = 1_000;
/** A time passes without anything being told. */
const REFRESH_MS = 20_000;

export const heartbeatsQuery = queryOptions({
  queryKey: ["heartbeats", "list"],
  queryFn: ({ signal }) =>
    answer<{ heartbeats: Heartbeat[] }>(client.GET("/api/v1/heartbeats", { signal })),
  select: (data) => data.heartbeats,
  refetchInterval: REFRESH_MS,
});

/** With its newest expected times; an agent without a schedule is a 404. */
export const heartbeatQuery = (agent: string, limit: number) =>
  queryOptions({
    queryKey: ["heartbeats", "one", agent, limit],
    queryFn: ({ signal }) =>
      answer<HeartbeatDetail>(
        client.GET("/api/v1/heartbeats/{agent}", {
          params: { path: { agent }, query: { limit } },
          signal,
        }),
      ),
    refetchInterval: REFRESH_MS,
    retry: false,
  });

/** Asks again when schedules stand differently, or a run changed that is drawn. */
export function useLiveHeartbeats(answeredAtMs: number, agent?: string) {
  const queryClient = useQueryClient();
  useLiveBatches(
    () => void queryClient.invalidateQueries({ queryKey: ["heartbeats"] }),
    (event) =>
      event.type === "watched" ||
      (event.type === "run" && (agent === undefined || event.run.agent === agent)),
    answeredAtMs,
    LIVE_MS,
  );
}

export interface ScheduleBody {
  cron: string | null;
  time_zone: string | null;
  every_seconds: number | null;
  grace_seconds: number;
  max_seconds: number | null;
  may_overlap: boolean;
  severity: string;
  channels: string[];
  paused: boolean;
}

export function usePutSchedule() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ agent, body }: { agent: string; body: ScheduleBody }) =>
      answer<Heartbeat>(
        client.PUT("/api/v1/heartbeats/{agent}", { params: { path: { agent } }, body }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["heartbeats"] }),
  });
}

export function useDeleteSchedule(agent: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer<undefined>(
        client.DELETE("/api/v1/heartbeats/{agent}", { params: { path: { agent } } }),
      ),
    onSuccess: () => {
      queryClient.removeQueries({ queryKey: ["heartbeats", "one", agent] });
      return queryClient.invalidateQueries({ queryKey: ["heartbeats", "list"] });
    },
  });
}
