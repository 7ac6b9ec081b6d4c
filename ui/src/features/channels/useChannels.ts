/** Where notices go, and what became of them. */
import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { Channel, Delivery } from "../../api/types";

export const channelsQuery = queryOptions({
  queryKey: ["channels", "list"],
  queryFn: ({ signal }) =>
    answer<{ channels: Channel[] }>(client.GET("/api/v1/channels", { signal })),
  select: (data) => data.channels,
});

export const deliveriesQuery = (channel: string | null, limit: number) =>
  queryOptions({
    queryKey: ["channels", "deliveries", channel, limit],
    queryFn: ({ signal }) =>
      answer<{ deliveries: Delivery[] }>(
        client.GET("/api/v1/deliveries", {
          params: { query: { limit, ...(channel ? { channel } : {}) } },
          signal,
        }),
      ),
    select: (data) => data.deliveries,
    refetchInterval: 10_000,
  });
