/**
 * Who called whom in a run: agents, workflows and tools, repeats merged and counted. Only what
 * spans say makes an edge (the parent they name, the hand-off they record), never what happened to
 * come one after the other. Pure; dagre places it in AgentGraph.tsx.
 */
import { formatCount } from "../../grammar/format";
import { isFoldable } from "./folding";
import { agentNames, handOffTarget, ownersOf } from "./owners";
import { isFailing, isPoint, type SpanTree } from "./tree";

export interface GraphNode {
  id: string;
  kind: string;
  label: string;
  /** Spans that it stands for, in order; indexes into `tree.nodes`. */
  spans: number[];
  failed: number;
  modelCalls: number;
  costUsd: number;
  durationMs: number;
  /** Of a node that gathers others: how many. */
  gathers: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  kind: "calls" | "hands off";
  count: number;
  failed: number;
}

export interface AgentGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** More would be a wall; the rarest are gathered, each kind into one. */
const AGENTS_MAX = 30;
const OTHERS_MAX = 40;

const HOLDERS = new Set(["agent", "workflow"]);
/** What a model call is made of, and what only wraps, has no place of its own. */
const UNDRAWN = new Set(["llm", "embedding", "custom", "log", "event", "score"]);

export function agentGraph(tree: SpanTree): AgentGraph {
  const owners = ownersOf(tree);
  const agents = agentNames(owners);
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  /** For each span the node that it, or the nearest above it, is drawn as; and the nearest agent. */
  const drawnAs: (string | null)[] = [];
  const agentAbove: (string | null)[] = [];

  const nodeOf = (kind: string, label: string) => {
    const id = `${kind} ${label}`;
    let node = nodes.get(id);
    if (!node) {
      node = { ...EMPTY, id, kind, label, spans: [] };
      nodes.set(id, node);
    }
    return node;
  };
  const link = (from: string | null, to: string, kind: GraphEdge["kind"], failed: boolean) => {
    if (from === null) return;
    const key = JSON.stringify([from, to, kind]);
    const edge = edges.get(key) ?? { from, to, kind, count: 0, failed: 0 };
    edge.count++;
    if (failed) edge.failed++;
    edges.set(key, edge);
  };

  tree.nodes.forEach((treeNode, at) => {
    const { span } = treeNode;
    let holder = drawnAs[treeNode.parent] ?? null;
    let agent = agentAbove[treeNode.parent] ?? null;
    const failed = isFailing(span);
    // Not everyone records agents as spans: then the name that a span carries stands for one.
    if (span.agent !== null && !HOLDERS.has(span.kind) && agent !== `agent ${span.agent}`) {
      const named = nodeOf("agent", span.agent);
      if (named.spans.length === 0) named.spans.push(at);
      link(holder, named.id, "calls", false);
      holder = agent = named.id;
    }
    drawnAs.push(holder);
    agentAbove.push(agent);
    if (isFoldable(treeNode)) return;

    const by = holder === null ? undefined : nodes.get(holder);
    if (span.kind === "llm" || span.kind === "embedding") {
      if (by && span.counted) {
        by.modelCalls++;
        by.costUsd += Number(span.cost_usd ?? 0);
      }
      return;
    }
    const target = handOffTarget(span, agents);
    if (target !== null && target !== owners[at]) {
      link(holder, nodeOf("agent", target).id, "hands off", failed);
      return;
    }
    if (UNDRAWN.has(span.kind)) return;
    // The steps of an agent or of a workflow are its own; only the outermost workflow stands alone.
    if (span.kind === "workflow" && holder !== null) return;
    const label =
      span.kind === "agent"
        ? (owners[at] ?? span.name)
        : (span.kind === "tool" && span.tool) || span.name;
    const node = nodeOf(span.kind, label);
    node.spans.push(at);
    if (!isPoint(span)) node.durationMs += treeNode.endMs - treeNode.startMs;
    if (failed) node.failed++;
    link(holder, node.id, "calls", failed);
    drawnAs[at] = node.id;
    if (span.kind === "agent") agentAbove[at] = node.id;
  });
  return gathered([...nodes.values()], [...edges.values()]);
}

const EMPTY = { failed: 0, modelCalls: 0, costUsd: 0, durationMs: 0, gathers: 0 };

function gathered(nodes: GraphNode[], edges: GraphEdge[]): AgentGraph {
  const renamed = new Map<string, string>();
  const kept: GraphNode[] = [];
  const gather = (group: GraphNode[], most: number, kind: string, noun: string) => {
    const order = group.toSorted((a, b) => b.spans.length - a.spans.length);
    kept.push(...order.slice(0, most));
    const rest = order.slice(most);
    if (rest.length === 0) return;
    const id = `rest ${kind}`;
    for (const node of rest) renamed.set(node.id, id);
    kept.push({
      id,
      kind,
      label: `${formatCount(rest.length)} other ${noun}`,
      spans: rest.flatMap((node) => node.spans).toSorted((a, b) => a - b),
      failed: sum(rest, "failed"),
      modelCalls: sum(rest, "modelCalls"),
      costUsd: sum(rest, "costUsd"),
      durationMs: sum(rest, "durationMs"),
      gathers: rest.length,
    });
  };
  gather(
    nodes.filter(({ kind }) => HOLDERS.has(kind)),
    AGENTS_MAX,
    "agent",
    "agents",
  );
  gather(
    nodes.filter(({ kind }) => !HOLDERS.has(kind)),
    OTHERS_MAX,
    "tool",
    "tools",
  );
  if (renamed.size === 0) return { nodes, edges };

  const merged = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const from = renamed.get(edge.from) ?? edge.from;
    const to = renamed.get(edge.to) ?? edge.to;
    const key = JSON.stringify([from, to, edge.kind]);
    const known = merged.get(key);
    if (known) {
      known.count += edge.count;
      known.failed += edge.failed;
    } else merged.set(key, { ...edge, from, to });
  }
  return { nodes: kept, edges: [...merged.values()] };
}

function sum(nodes: GraphNode[], field: "failed" | "modelCalls" | "costUsd" | "durationMs") {
  return nodes.reduce((total, node) => total + node[field], 0);
}
