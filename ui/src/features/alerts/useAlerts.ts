/** What is asked of rules, and what is done to them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import { useLiveBatches } from "../../api/stream";
import type { Alert, Notice, Target } from "../../api/types";

/** The server says so at most every second. */
const LIVE_MS = 250;
const REFRESH_MS = 20_000;

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => answer<{ alerts: Alert[] }>(client.GET("/api/v1/alerts", { signal })),
  select: (data) => data.alerts,
  refetchInterval: REFRESH_MS,
});

/** Asks again when rules stand differently. */
export function useLiveAlerts(answeredAtMs: number) {
  const queryClient = useQueryClient();
  useLiveBatches(
    () => void queryClient.invalidateQueries({ queryKey: ["alerts"] }),
    (event) => event.type === "watched",
    answeredAtMs,
    LIVE_MS,
  );
}

/** A rule as the API takes it; `when` stays open, as its document leaves it. */
export interface RuleBody {
  when: object;
  on: Target;
  window_seconds: number | null;
  min_samples: number;
  cooldown_seconds: number;
  recovery: boolean;
  severity: string;
  channels: string[];
  paused: boolean;
}

/** The document knows the open parts only as objects without fields. */
const open = (body: RuleBody) => body as RuleBody & { when: never; on: never };

export interface Trial {
  notices: Notice[];
  runs: number;
  sinceMs: number;
  untilMs: number;
}

/** When the rule would have fired in the last days; its end is told too, whatever it says. */
export function useTrial() {
  return useMutation({
    mutationFn: async ({ body, days }: { body: RuleBody; days: number }): Promise<Trial> => {
      const untilMs = Date.now();
      const sinceMs = untilMs - days * 86_400_000;
      const found = await answer<{ notices: Notice[]; runs: number }>(
        client.POST("/api/v1/trials", {
          body: {
            alert: open({ ...body, recovery: true, paused: false }),
            since: new Date(sinceMs).toISOString(),
          },
        }),
      );
      return { ...found, sinceMs, untilMs };
    },
  });
}

export function usePutRule() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body }: { name: string; body: RuleBody }) =>
      answer<Alert>(
        client.PUT("/api/v1/alerts/{name}", { params: { path: { name } }, body: open(body) }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

export function useSnooze(name: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (seconds: number) =>
      answer<Alert>(
        client.POST("/api/v1/alerts/{name}/snooze", {
          params: { path: { name } },
          body: { seconds },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

export function useDeleteRule(name: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer<undefined>(client.DELETE("/api/v1/alerts/{name}", { params: { path: { name } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["alerts"] }),
  });
}
