/** Free questions: an editor with the schema beside it, the answer as a table or a chart. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState, type KeyboardEvent } from "react";
import { answer, ApiError, client } from "../../api/client";
import { Failure } from "../../app/Failure";
import { plural } from "../../grammar/format";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/Copy";
import { csvText } from "../../ui/csv";
import { PageHead } from "../../ui/PageHead";
import { Sentence } from "../../ui/Sentence";
import { Loading, Notice } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { AnswerChart } from "./AnswerChart";
import { AnswerTable } from "./AnswerTable";
import { EXAMPLES } from "./examples";
import { SchemaPanel } from "./SchemaPanel";
import styles from "./SqlPage.module.css";
import type { SqlSearch } from "./search";

export interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  truncated: boolean;
}

export function SqlPage() {
  const search = useSearch({ from: "/shell/sql" });
  const navigate = useNavigate();
  const editor = useRef<HTMLTextAreaElement>(null);
  const asked = search.q;
  const [text, setText] = useState(asked ?? EXAMPLES[0].query);
  const [told, setTold] = useState(asked);
  // The address changed by other means, such as Back or an example.
  if (asked !== told) {
    setTold(asked);
    if (asked !== undefined) setText(asked);
  }
  const result = useQuery({
    queryKey: ["sql", asked],
    queryFn: async ({ signal }) => {
      const from = performance.now();
      const data = await answer<Answer>(
        client.POST("/api/v1/sql", { body: { query: asked ?? "" }, signal }),
      );
      return { ...data, tookMs: performance.now() - from };
    },
    enabled: asked !== undefined,
    // Runs when it is told to, not because the stream opened again.
    staleTime: "static",
    retry: false,
  });
  useDocumentTitle("SQL");

  const setSearch = (next: SqlSearch) => void navigate({ to: "/sql", search: next });
  function run() {
    if (text.trim() === "") return;
    if (text === asked) void result.refetch();
    else setSearch({ ...search, q: text });
  }
  function pressed(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  }
  function insert(name: string) {
    const area = editor.current;
    if (!area) return;
    const [from, to] = [area.selectionStart, area.selectionEnd];
    setText(text.slice(0, from) + name + text.slice(to));
    area.focus();
    requestAnimationFrame(() => area.setSelectionRange(from + name.length, from + name.length));
  }

  return (
    <>
      <PageHead crumb="SQL" />
      <Sentence words={[{ text: "Ask anything of runs, spans and scores." }]} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <textarea
            ref={editor}
            className={styles.editor}
            aria-label="Query"
            spellCheck={false}
            autoCapitalize="off"
            rows={Math.min(16, Math.max(6, text.split("\n").length + 1))}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={pressed}
          />
          <div className={styles.bar}>
            <Button look="primary" onClick={run} disabled={result.isFetching || text.trim() === ""}>
              Run
            </Button>
            <span className={styles.hint}>
              <kbd>Ctrl</kbd> <kbd>Enter</kbd>
            </span>
            <label className={styles.examples}>
              <span className="visually-hidden">Examples</span>
              <select
                value=""
                onChange={(event) => {
                  const example = EXAMPLES[Number(event.target.value)];
                  if (example) setSearch({ q: example.query });
                }}
              >
                <option value="" disabled>
                  Examples
                </option>
                {EXAMPLES.map(({ title }, at) => (
                  <option key={title} value={at}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            {result.data ? (
              <span className={styles.figures} role="status">
                {plural(result.data.rows.length, "row")} in {Math.round(result.data.tookMs)} ms
                <CopyButton
                  label="Copy as CSV"
                  text={() =>
                    csvText(
                      result.data.columns.map(({ name }) => name),
                      result.data.rows,
                    )
                  }
                />
              </span>
            ) : null}
          </div>
          {result.isFetching && !result.data ? (
            <Loading label="Loading the answer" rows={4} />
          ) : null}
          {result.isError ? (
            <Refused error={result.error} onRetry={() => void result.refetch()} />
          ) : null}
          {result.data && !result.isError ? (
            <>
              {result.data.truncated ? (
                <Notice tone="warn">
                  There are more rows than are answered. Narrow the question, or add it up.
                </Notice>
              ) : null}
              <div className={styles.answer}>
                <Tabs
                  label="Answer"
                  chosen={search.view ?? "table"}
                  onChoose={(view) =>
                    setSearch({
                      ...(asked ? { q: asked } : {}),
                      ...(view === "chart" ? { view } : {}),
                    })
                  }
                  tabs={[
                    { id: "table", label: "Table", panel: <AnswerTable answer={result.data} /> },
                    { id: "chart", label: "Chart", panel: <AnswerChart answer={result.data} /> },
                  ]}
                />
              </div>
            </>
          ) : null}
        </div>
        <SchemaPanel onChoose={insert} />
      </div>
    </>
  );
}

/** What the query itself did wrong stands beside it; anything else is the page's failure. */
function Refused({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && (error.status === 400 || error.status === 413)) {
    return (
      <div role="alert">
        <Notice tone="bad">
          <span className={styles.message}>{error.message}</span>
        </Notice>
      </div>
    );
  }
  return <Failure error={error} onRetry={onRetry} />;
}
