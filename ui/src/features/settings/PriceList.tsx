/** The price list that comes with this version: searched, and a row to begin an own price from. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, client } from "../../api/client";
import type { BundledPrice, BundledPricePage } from "../../api/types";
import { Failure } from "../../app/Failure";
import { Button } from "../../ui/Button";
import { SearchBox } from "../../ui/SearchBox";
import { Loading } from "../../ui/States";
import { PriceTable } from "./PriceTable";

const ROWS_A_PAGE = 20;

export function PriceList({ onBegin }: { onBegin: (row: BundledPrice) => void }) {
  const [q, setQ] = useState("");
  const list = useInfiniteQuery({
    queryKey: ["priceList", q],
    queryFn: ({ pageParam, signal }) =>
      answer<BundledPricePage>(
        client.GET("/api/v1/prices/bundled", {
          params: {
            query: {
              limit: ROWS_A_PAGE,
              ...(q ? { q } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap(({ prices }) => prices) ?? [];
  return (
    <section aria-labelledby="price-list">
      <h3 id="price-list">The price list of this version</h3>
      <p className="dim">
        What the models cost today, in short prompts; a call takes the price of its own time, size
        and hour. Calls may name a model more exactly than the list does, with a date for one.
      </p>
      <SearchBox label="Search models and providers" value={q} onChange={setQ} />
      {list.isLoadingError ? (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading label="Loading the price list" rows={4} />
      ) : rows.length === 0 ? (
        <p className="dim">No model or provider is called so.</p>
      ) : (
        <PriceTable
          label="Price list"
          rows={rows}
          actions="own price"
          action={(row) => (
            <Button
              look="quiet"
              onClick={() => onBegin(row)}
              aria-label={`Set own price for ${row.model} of ${row.provider}`}
            >
              Set own price
            </Button>
          )}
        />
      )}
      {list.hasNextPage ? (
        <div>
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more models
          </Button>
        </div>
      ) : null}
    </section>
  );
}
