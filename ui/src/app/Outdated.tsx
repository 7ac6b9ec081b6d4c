/** Below every page: that what it shows is from before, while the server does not answer, and how to ask again. */
import { notifyManager, useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { ApiError } from "../api/client";
import { useLiveState } from "../api/stream";
import { Clock } from "../grammar/figures";
import { Button } from "../ui/Button";
import { Notice } from "../ui/States";
import styles from "./Outdated.module.css";

/** It was asked for in vain, but may be answered later. */
const failsForNow = ({ state: { status, error } }: Query) =>
  status === "error" && error instanceof ApiError && error.passes;

const askFailedAgain = (queryClient: QueryClient) =>
  void queryClient.refetchQueries({ type: "active", predicate: failsForNow });

/** When the oldest of what is shown was answered that was asked for since, in vain; 0 where nothing was. */
function useOutdatedSince(): number {
  const cache = useQueryClient().getQueryCache();
  return useSyncExternalStore(
    useCallback((changed) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]),
    () =>
      cache
        .findAll({ type: "active", predicate: failsForNow })
        .map(({ state }) => state.dataUpdatedAt)
        .filter((answeredAtMs) => answeredAtMs > 0)
        .reduce((oldest, each) => (oldest === 0 ? each : Math.min(oldest, each)), 0),
  );
}

export function Outdated() {
  const queryClient = useQueryClient();
  const live = useLiveState();
  const sinceMs = useOutdatedSince();
  // Whoever is back answers what was asked meanwhile.
  useEffect(() => {
    if (live === "live") askFailedAgain(queryClient);
  }, [live, queryClient]);
  return (
    <div role="status" className={styles.outdated}>
      {sinceMs > 0 ? (
        <Notice tone="warn">
          {live === "offline" ? "The server does not answer." : "The server could not answer."} Some
          of what you see is from <Clock at={new Date(sinceMs).toISOString()} />.{" "}
          <Button look="quiet" onClick={() => askFailedAgain(queryClient)}>
            Try again
          </Button>
        </Notice>
      ) : live === "offline" ? (
        <Notice tone="warn">
          The server is not connected. Nothing new shows until it is back; it is asked again by
          itself.
        </Notice>
      ) : null}
    </div>
  );
}
