import type { QueryClient } from "@tanstack/react-query";
import { agentsQuery } from "../../api/figures";
import type { RangeSearch } from "../../grammar/range";
import { pageRange } from "../../grammar/useRange";
import { DEFAULT_RANGE } from "./search";

export function prefetchAgents(queryClient: QueryClient, search: RangeSearch) {
  void queryClient.prefetchQuery(agentsQuery(pageRange(search, DEFAULT_RANGE).asked));
}
