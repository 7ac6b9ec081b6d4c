/**
 * What the list of runs is narrowed to, as the URL keeps it and as the API is asked. Pure.
 * Every value is a plain string, so that an address reads as it is typed.
 */
import type { RunsQuery } from "../../api/types";
import { ALL_TIME, rangeStart, type RangeSearch } from "../../grammar/range";
import type { Sort } from "../../ui/DataTable";

/** Filters by one exact value, in the order of the panel; `param` is the API's word. */
export const FACETS = [
  { param: "status", label: "Status" },
  { param: "success", label: "Did its job" },
  { param: "agent", label: "Agent" },
  { param: "outcome", label: "Outcome" },
  { param: "model", label: "Model" },
  { param: "tool", label: "Tool" },
  { param: "workflow", label: "Workflow" },
  { param: "version", label: "Version" },
  { param: "environment", label: "Environment" },
  { param: "tag", label: "Tag" },
  { param: "session", label: "Session" },
  { param: "user", label: "User" },
  { param: "customer", label: "Customer" },
  { param: "feature", label: "Feature" },
  { param: "kind", label: "Kind" },
] as const;

export type FacetParam = (typeof FACETS)[number]["param"];

/** `scale`: the API's units in one of the unit a person types. */
export const BOUNDS = [
  { param: "min_duration_ms", label: "Slower than", unit: "s", scale: 1000 },
  { param: "max_duration_ms", label: "Faster than", unit: "s", scale: 1000 },
  { param: "min_cost_usd", label: "Dearer than", unit: "$", scale: 1 },
  { param: "max_cost_usd", label: "Cheaper than", unit: "$", scale: 1 },
] as const;

export type BoundParam = (typeof BOUNDS)[number]["param"];

/** The API's orders, and the columns they stand for. */
const SORTS = {
  newest: { column: "started_at", descending: true },
  oldest: { column: "started_at", descending: false },
  slowest: { column: "duration_ms", descending: true },
  dearest: { column: "cost_usd", descending: true },
} as const;

type SortWord = keyof typeof SORTS;

type Param = FacetParam | BoundParam | "q" | "root" | "since" | "until" | "sort";
/** Without a `since` it is all time; without a `sort` the newest first. */
export type RunsSearch = { [P in Param]?: string };

const PARAMS: Param[] = [
  ...FACETS.map(({ param }) => param),
  ...BOUNDS.map(({ param }) => param),
  "q",
  "root",
  "since",
  "until",
  "sort",
];

/** Of anything that stands in an address, what this page understands. */
export function parseRunsSearch(raw: Record<string, unknown>): RunsSearch {
  const search: RunsSearch = {};
  for (const param of PARAMS) {
    const value = raw[param];
    if (typeof value !== "string" || value.trim() === "") continue;
    if (BOUNDS.some((bound) => bound.param === param) && !(Number(value) >= 0)) continue;
    if (param === "sort" && !isSort(value)) continue;
    search[param] = value;
  }
  return search;
}

function isSort(value: string): value is SortWord {
  return Object.hasOwn(SORTS, value);
}

export function sortOf(search: RunsSearch): Sort {
  return SORTS[isSort(search.sort ?? "") ? (search.sort as SortWord) : "newest"];
}

/** The order for a column; the one that there is, where the API has it one way only. */
export function withSort(search: RunsSearch, { column, descending }: Sort): RunsSearch {
  const words = (Object.keys(SORTS) as SortWord[]).filter((word) => SORTS[word].column === column);
  const word = words.find((each) => SORTS[each].descending === descending) ?? words[0];
  return !word || word === "newest" ? without(search, "sort") : { ...search, sort: word };
}

/** What the API is asked. `now` settles ranges such as `24h`. */
export function runsQuery(search: RunsSearch, now: number): RunsQuery {
  const { q, root, until, sort, success, min_cost_usd, max_cost_usd } = search;
  const query: RunsQuery = {};
  for (const { param } of FACETS) {
    const value = search[param];
    // Of these the API takes several.
    if (value && param !== "success") query[param] = param === "status" ? several(value) : [value];
  }
  const start = rangeStart(search.since, now);
  if (start) query.since = start;
  if (search.min_duration_ms) query.min_duration_ms = Number(search.min_duration_ms);
  if (search.max_duration_ms) query.max_duration_ms = Number(search.max_duration_ms);
  return { ...query, ...given({ q, root, until, sort, success, min_cost_usd, max_cost_usd }) };
}

function given(values: { [name: string]: string | undefined }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The same without order, for the counts beside the list. */
export function facetsQuery(search: RunsSearch, now: number): RunsQuery {
  const { sort: _, ...query } = runsQuery(search, now);
  return query;
}

export interface ActiveFilter {
  param: keyof RunsSearch;
  label: string;
  value: string;
}

/** What is set, for the chips above the list. The range and the order have their own controls. */
export function activeFilters(search: RunsSearch): ActiveFilter[] {
  const filters: ActiveFilter[] = [];
  for (const { param, label } of FACETS) {
    const value = search[param];
    if (value) filters.push({ param, label, value: facetWord(param, value) });
  }
  for (const { param, label, unit, scale } of BOUNDS) {
    const value = search[param];
    if (!value) continue;
    const typed = Number(value) / scale;
    filters.push({ param, label, value: unit === "$" ? `$${typed}` : `${typed} ${unit}` });
  }
  if (search.root) filters.push({ param: "root", label: "Family of", value: search.root });
  return filters;
}

/** Of `success`: neither true nor false. */
export const NO_SIGNAL = "null";

/** The statuses of what figures count as failed. */
export const FAILED = "failed,timeout";

/** Of `status`, which may be one of several. */
const several = (value: string) => value.split(",");

/** Whether the list is narrowed to what has this value. */
export function isChosen(search: RunsSearch, param: FacetParam, value: string): boolean {
  const chosen = search[param];
  return param === "status" && chosen ? several(chosen).includes(value) : chosen === value;
}

/** How a facet's value reads: `true` of "Did its job" is "yes". */
export function facetWord(param: string, value: string): string {
  if (param === "status") return several(value).join(" or ");
  if (param !== "success") return value;
  return { true: "yes", false: "no", [NO_SIGNAL]: "no signal" }[value] ?? value;
}

/** The part of it that is a stretch of time. */
export function rangeOf({ since, until }: RunsSearch): RangeSearch {
  return { ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

export function withRange(search: RunsSearch, range: RangeSearch): RunsSearch {
  const rest = without(without(search, "since"), "until");
  return { ...rest, ...(range.since === ALL_TIME && !range.until ? {} : range) };
}

/** Set or, when it stood already, taken away. */
export function toggled(search: RunsSearch, param: FacetParam, value: string): RunsSearch {
  const { [param]: current, ...rest } = search;
  return current === value ? rest : { ...rest, [param]: value };
}

export function without(search: RunsSearch, param: keyof RunsSearch): RunsSearch {
  const { [param]: _, ...rest } = search;
  return rest;
}
