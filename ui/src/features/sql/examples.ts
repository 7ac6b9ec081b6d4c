/** Questions to begin with; the first stands in the editor. */
export const EXAMPLES = [
  {
    title: "Agents by cost",
    query: `SELECT agent, count(*) AS runs, sum(cost_usd) AS cost_usd, avg(duration_ms) AS avg_ms
FROM runs
GROUP BY agent
ORDER BY cost_usd DESC NULLS LAST
LIMIT 20`,
  },
  {
    title: "Runs by hour",
    query: `SELECT date_trunc('hour', started_at) AS hour, count(*) AS runs,
  count(*) FILTER (WHERE status = 'failed') AS failed
FROM runs
GROUP BY hour
ORDER BY hour`,
  },
  {
    title: "Tools that fail",
    query: `SELECT tool, count(*) AS calls, count(*) FILTER (WHERE status = 'error') AS failed
FROM spans
WHERE kind = 'tool'
GROUP BY tool
ORDER BY failed DESC
LIMIT 20`,
  },
  {
    title: "Slowest model calls",
    query: `SELECT run_id, model, duration_ms, input_tokens, output_tokens
FROM spans
WHERE kind = 'llm' AND counted
ORDER BY duration_ms DESC
LIMIT 20`,
  },
  {
    title: "What a tool is asked",
    query: `SELECT tool, input(otlp) AS arguments, count(*) AS calls
FROM spans
WHERE kind = 'tool'
GROUP BY tool, arguments
ORDER BY calls DESC
LIMIT 20`,
  },
  {
    title: "An attribute of spans",
    query: `SELECT attribute(attributes, 'gen_ai.operation.name') AS operation, count(*) AS spans
FROM spans
GROUP BY operation
ORDER BY spans DESC`,
  },
] as const;
