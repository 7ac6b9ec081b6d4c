import { expect, it } from "vitest";
import { agentGraph } from "./graph";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

const graph = (cases: SpanCase[]) => agentGraph(buildTree(cases.map(span)));
const words = (cases: SpanCase[]) =>
  graph(cases)
    .edges.map(
      ({ from, to, kind, count, failed }) =>
        `${from} ${kind} ${to} ${count}${failed ? ` (${failed} failed)` : ""}`,
    )
    .toSorted();

const boss: SpanCase = { id: "boss", kind: "agent", agent: "boss", to: 100 };
const tool = (
  id: string,
  parent: string,
  name: string,
  from: number,
  status = "success",
): SpanCase => ({
  id,
  parent,
  kind: "tool",
  tool: name,
  from,
  status,
});

it.each<[string, SpanCase[], string[]]>([
  [
    "merges repeats and counts what failed",
    [
      boss,
      tool("1", "boss", "search", 1),
      tool("2", "boss", "search", 2, "failed"),
      tool("3", "boss", "refund", 3),
    ],
    ["agent boss calls tool refund 1", "agent boss calls tool search 2 (1 failed)"],
  ],
  [
    "an agent that a tool ran hangs on the tool",
    [
      boss,
      tool("ask", "boss", "ask_weather", 1),
      { id: "sub", parent: "ask", kind: "agent", agent: "weather", from: 2 },
      tool("get", "sub", "get_weather", 3),
    ],
    [
      "agent boss calls tool ask_weather 1",
      "agent weather calls tool get_weather 1",
      "tool ask_weather calls agent weather 1",
    ],
  ],
  [
    "agents one after the other are not linked: nothing says that one called the other",
    [
      { id: "team", kind: "workflow", name: "team", to: 50 },
      { id: "a", parent: "team", kind: "agent", agent: "researcher", from: 1, to: 10 },
      { id: "b", parent: "team", kind: "agent", agent: "writer", from: 11, to: 20 },
    ],
    ["workflow team calls agent researcher 1", "workflow team calls agent writer 1"],
  ],
  [
    "a hand-off leads to the agent it names, and nowhere if it names none",
    [
      { id: "t", kind: "agent", agent: "Triage Agent", to: 10 },
      {
        id: "h1",
        parent: "t",
        kind: "decision",
        name: "Triage Agent → Weather Agent.handoff",
        from: 5,
      },
      tool("h2", "t", "transfer_to_weather_agent", 6),
      { id: "h3", parent: "t", kind: "decision", name: "Triage Agent → unknown.handoff", from: 7 },
      { id: "w", kind: "agent", agent: "Weather Agent", from: 11 },
    ],
    [
      "agent Triage Agent calls decision Triage Agent → unknown.handoff 1",
      "agent Triage Agent hands off agent Weather Agent 2",
    ],
  ],
  [
    "an agent that only names itself on its spans is drawn once",
    [
      { id: "root", kind: "workflow", name: "flow", to: 50 },
      { id: "call", parent: "root", kind: "llm", agent: "a", from: 1 },
      { ...tool("use", "call", "search", 2), agent: "a" },
    ],
    ["agent a calls tool search 1", "workflow flow calls agent a 1"],
  ],
  [
    "copies and plumbing are not drawn",
    [
      boss,
      tool("1", "boss", "search", 1),
      { ...tool("2", "boss", "search", 1), duplicateOf: "1" },
      { id: "noise", parent: "boss", kind: "http", noise: true, from: 3 },
    ],
    ["agent boss calls tool search 1"],
  ],
])("%s", (_, cases, expected) => expect(words(cases)).toEqual(expected));

it("sums an agent's own model calls", () => {
  const [agent] = graph([
    boss,
    { id: "1", parent: "boss", kind: "llm", cost: "0.5", from: 1 },
    { id: "2", parent: "boss", kind: "llm", cost: "0.25", from: 2 },
    { id: "copy", parent: "boss", kind: "llm", cost: "0.25", from: 2, duplicateOf: "2" },
  ]).nodes;
  expect(agent).toMatchObject({ label: "boss", modelCalls: 2, costUsd: 0.75 });
});

it("stays readable when thousands of tools have each a name of their own", () => {
  const many = Array.from({ length: 3000 }, (_, n) => tool(`t${n}`, "boss", `tool ${n}`, n));
  const { nodes, edges } = graph([boss, ...many, tool("again", "boss", "tool 7", 5000)]);
  expect(nodes.length).toBeLessThan(50);
  expect(nodes.find(({ label }) => label === "tool 7")?.spans).toHaveLength(2);
  expect(nodes.find(({ gathers }) => gathers > 0)?.label).toBe("2,960 other tools");
  expect(edges.reduce((sum, { count }) => sum + count, 0)).toBe(3001);
});
