/** What was asked and answered, kept while the page is open; there before anything is drawn. */
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The server may be on this machine: what the browser holds of the network says nothing about it.
      networkMode: "always",
      refetchOnReconnect: true,
      // Only what may be different the next time: no answer, too busy, down.
      retry: (failures, error) =>
        failures < 2 &&
        error instanceof ApiError &&
        (error.status === 0 || error.status === 429 || error.status >= 502),
    },
    mutations: { networkMode: "always" },
  },
});
