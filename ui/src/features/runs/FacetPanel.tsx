/** What the listed runs have in common, each value with its count: choosing one narrows the list. */
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import type { Facets } from "../../api/types";
import { formatCount } from "../../grammar/format";
import { Button } from "../../ui/Button";
import styles from "./FacetPanel.module.css";
import {
  BOUNDS,
  FACETS,
  facetWord,
  isChosen,
  toggled,
  without,
  type FacetParam,
  type RunsSearch,
} from "./search";

const SHOWN = 6;

export function FacetPanel({
  facets,
  search,
  onSearch,
}: {
  facets: Facets | undefined;
  search: RunsSearch;
  onSearch: (search: RunsSearch) => void;
}) {
  return (
    <div className={styles.panel}>
      {FACETS.map(({ param, label }) => (
        <FacetGroup
          key={param}
          param={param}
          label={label}
          values={facets?.[param] ?? []}
          search={search}
        />
      ))}
      <Bounds
        key={BOUNDS.map(({ param }) => search[param]).join()}
        search={search}
        onSearch={onSearch}
      />
    </div>
  );
}

function FacetGroup({
  param,
  label,
  values,
  search,
}: {
  param: FacetParam;
  label: string;
  values: { value: string; count: number }[];
  search: RunsSearch;
}) {
  const [all, setAll] = useState(false);
  const chosen = search[param];
  // A single value that everything has tells nothing, unless it is the one chosen.
  if (values.length === 0 || (values.length === 1 && chosen === undefined && param !== "agent"))
    return null;
  const most = Math.max(...values.map(({ count }) => count));
  const shown = all ? values : values.slice(0, SHOWN);
  return (
    <section className={styles.group} aria-label={label}>
      <h2>{label}</h2>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value}>
            <Link
              to="/runs"
              search={toggled(search, param, value)}
              aria-current={isChosen(search, param, value) ? "true" : undefined}
              className={styles.value}
              title={value}
            >
              <i className={styles.bar} style={{ width: `${(count / most) * 100}%` }} />
              <bdi className={styles.name}>{facetWord(param, value)}</bdi>
              <span className={styles.count}>{formatCount(count)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {values.length > SHOWN ? (
        <button type="button" className={styles.more} onClick={() => setAll(!all)}>
          {all ? "fewer" : `${formatCount(values.length - SHOWN)} more`}
        </button>
      ) : null}
    </section>
  );
}

function Bounds({
  search,
  onSearch,
}: {
  search: RunsSearch;
  onSearch: (search: RunsSearch) => void;
}) {
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    let next = search;
    for (const { param, scale } of BOUNDS) {
      const text = String(form.get(param) ?? "").trim();
      next =
        text === "" ? without(next, param) : { ...next, [param]: String(Number(text) * scale) };
    }
    onSearch(next);
  }
  return (
    <form className={styles.group} onSubmit={submit} aria-label="Duration and cost">
      <h2>Duration and cost</h2>
      {BOUNDS.map(({ param, label, unit, scale }) => (
        <label key={param} className={styles.bound}>
          <span>{label}</span>
          <input
            name={param}
            type="number"
            min="0"
            step="any"
            defaultValue={search[param] ? Number(search[param]) / scale : ""}
          />
          <span className="faint">{unit}</span>
        </label>
      ))}
      <Button type="submit">Apply</Button>
    </form>
  );
}
