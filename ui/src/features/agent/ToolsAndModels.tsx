/** What an agent uses: tools, with how often they fail, and models. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, client } from "../../api/client";
import type { Facets, Tools } from "../../api/types";
import { FailureLine } from "../../app/Failure";
import { formatCount, formatShare } from "../../grammar/format";
import { KindIcon } from "../../grammar/KindIcon";
import { rangeQuery, type RangeSearch } from "../../grammar/range";
import type { PageRange } from "../../grammar/useRange";
import { Panel, Panels } from "../../ui/Panel";
import { RankList } from "../../ui/RankList";

const SHOWN = 12;

export function ToolsAndModels({
  agent,
  range,
  search,
}: {
  agent: string;
  range: PageRange;
  search: RangeSearch;
}) {
  const tools = useQuery({
    queryKey: ["figures", "tools", range.key, agent],
    queryFn: ({ signal }) =>
      answer<Tools>(
        client.GET("/api/v1/tools", {
          params: { query: { ...rangeQuery(range.now()), agent: [agent] } },
          signal,
        }),
      ),
  });
  const facets = useQuery({
    queryKey: ["figures", "facets", range.key, agent],
    queryFn: ({ signal }) =>
      answer<Facets>(
        client.GET("/api/v1/runs/facets", {
          params: { query: { ...rangeQuery(range.now()), agent: [agent] } },
          signal,
        }),
      ),
  });
  const used = tools.data?.tools ?? [];
  const mostCalls = Math.max(1, ...used.map(({ calls }) => calls));
  const models = facets.data?.model ?? [];
  const mostRuns = Math.max(1, ...models.map(({ count }) => count));
  return (
    <Panels>
      <Panel title="Tools">
        {tools.isLoadingError ? (
          <FailureLine error={tools.error} onRetry={() => void tools.refetch()} />
        ) : tools.isSuccess && used.length === 0 ? (
          <p className="dim">It calls no tools.</p>
        ) : (
          <RankList
            label="Tools"
            headers={["tool", "", "calls", "runs", "failed"]}
            first={SHOWN}
            rows={used.map((tool) => ({
              id: tool.name,
              name: (
                <Link to="/runs" search={{ ...search, agent, tool: tool.name }} title={tool.name}>
                  <KindIcon kind="tool" /> <bdi className="mono">{tool.name}</bdi>
                </Link>
              ),
              share: tool.calls / mostCalls,
              figures: [
                formatCount(tool.calls),
                formatCount(tool.runs),
                <span
                  key="failed"
                  className={tool.failures > 0 ? "bad" : "faint"}
                  title={`${formatCount(tool.failures)} calls`}
                >
                  {tool.failures === 0 ? "0" : formatShare(tool.failures / tool.calls)}
                </span>,
              ],
            }))}
          />
        )}
      </Panel>
      <Panel title="Models">
        {facets.isLoadingError ? (
          <FailureLine error={facets.error} onRetry={() => void facets.refetch()} />
        ) : facets.isSuccess && models.length === 0 ? (
          <p className="dim">It calls no models.</p>
        ) : (
          <RankList
            label="Models"
            headers={["model", "", "runs"]}
            first={SHOWN}
            rows={models.map(({ value, count }) => ({
              id: value,
              name: (
                <Link to="/runs" search={{ ...search, agent, model: value }} title={value}>
                  <KindIcon kind="llm" /> <bdi className="mono">{value}</bdi>
                </Link>
              ),
              share: count / mostRuns,
              figures: [formatCount(count)],
            }))}
          />
        )}
      </Panel>
    </Panels>
  );
}
