import { useQuery } from "@tanstack/react-query";
import { answer, client } from "../../api/client";
import { FailureLine } from "../../app/Failure";
import { Loading } from "../../ui/States";
import type { Answer } from "./SqlPage";
import styles from "./SqlPage.module.css";

const TABLES = ["runs", "spans", "scores"];

/** Those that are Vedette's own. */
const FUNCTIONS = [
  ["attribute(attributes, 'key')", "an attribute of a span"],
  ["input(otlp)", "what went in: a tool's arguments, an agent's task"],
  ["output(otlp)", "what came out: a tool's result, an agent's answer"],
  ["input_messages(otlp)", "what was said to a model, as JSON"],
  ["output_messages(otlp)", "what a model answered, as JSON"],
] as const;

const TYPES: [RegExp, string][] = [
  [/^Timestamp/, "time"],
  [/^List/, "texts"],
  [/^Utf8/, "text"],
  [/^Int/, "integer"],
  [/^Float/, "number"],
  [/^Bool/, "boolean"],
];

/** The tables and their columns, as the server has them; a click puts a name into the editor. */
export function SchemaPanel({ onChoose }: { onChoose: (name: string) => void }) {
  const schema = useQuery({
    queryKey: ["sql-schema"],
    queryFn: ({ signal }) =>
      answer<Answer>(
        client.POST("/api/v1/sql", {
          body: {
            query: "SELECT table_name, column_name, data_type FROM information_schema.columns",
          },
          signal,
        }),
      ),
    staleTime: Infinity,
  });
  return (
    <section aria-label="Schema" className={styles.schema} tabIndex={0}>
      <h2>Schema</h2>
      {schema.isPending ? <Loading label="Loading the schema" rows={5} /> : null}
      {schema.isLoadingError ? (
        <FailureLine error={schema.error} onRetry={() => void schema.refetch()} />
      ) : null}
      {schema.data
        ? TABLES.map((table, at) => (
            <details key={table} open={at === 0}>
              <summary>{table}</summary>
              <ul>
                {schema.data.rows
                  .filter(([name]) => name === table)
                  .map(([, column, type]) => (
                    <li key={String(column)}>
                      <button
                        type="button"
                        className="mono"
                        onClick={() => onChoose(String(column))}
                        title={`Put ${String(column)} into the query`}
                      >
                        {String(column)}
                        <span>
                          {TYPES.find(([known]) => known.test(String(type)))?.[1] ?? String(type)}
                        </span>
                      </button>
                    </li>
                  ))}
              </ul>
            </details>
          ))
        : null}
      <details>
        <summary>functions of spans</summary>
        <ul>
          {FUNCTIONS.map(([call, meaning]) => (
            <li key={call}>
              <button
                type="button"
                className="mono"
                onClick={() => onChoose(call)}
                title={`Put it into the query: ${meaning}`}
              >
                {call}
              </button>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
