/** Sessions by last activity, and the runs of one, oldest first. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import type { RunPage, Session, SessionPage } from "../../api/types";
import { rangeStart } from "../../grammar/range";
import type { SessionsSearch } from "./search";

const PAGE_SIZE = 100;

export const sessionsQuery = (search: SessionsSearch) =>
  infiniteQueryOptions({
    queryKey: ["sessions", search],
    queryFn: ({ pageParam, signal }) => {
      const since = rangeStart(search.since, Date.now());
      const { until } = search;
      return answer<SessionPage>(
        client.GET("/api/v1/sessions", {
          params: {
            query: {
              limit: PAGE_SIZE,
              ...(since ? { since } : {}),
              ...(until ? { until } : {}),
              ...(search.q ? { q: search.q } : {}),
              ...(search.user ? { user: search.user } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });

/** The figures of one session, which the API has in its list only. */
export function useSession(id: string) {
  return useQuery({
    queryKey: ["session", id],
    queryFn: async ({ signal }): Promise<Session | null> => {
      const page = await answer<SessionPage>(
        client.GET("/api/v1/sessions", { params: { query: { q: id, limit: 100 } }, signal }),
      );
      return page.sessions.find((session) => session.id === id) ?? null;
    },
  });
}

export function useSessionRuns(id: string) {
  return useInfiniteQuery({
    queryKey: ["session-runs", id],
    queryFn: ({ pageParam, signal }) =>
      answer<RunPage>(
        client.GET("/api/v1/sessions/{id}", {
          params: {
            path: { id },
            query: { limit: PAGE_SIZE, ...(pageParam ? { cursor: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}
