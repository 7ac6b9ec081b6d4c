/** Places of a graph's nodes and the way of its edges, by dagre. Loaded with the view that draws it. */
import { Graph, layout } from "@dagrejs/dagre";
import type { AgentGraph, GraphEdge, GraphNode } from "./graph";

export interface PlacedNode extends GraphNode {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedEdge extends GraphEdge {
  path: string;
  /** Where the count stands. */
  labelX: number;
  labelY: number;
}

export interface PlacedGraph {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  /** Of each node that calls itself, how often. */
  loops: Map<string, number>;
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

const WIDTH = 164;
const HOLDER_HEIGHT = 46;
const HEIGHT = 30;

export function placed({ nodes, edges }: AgentGraph): PlacedGraph {
  const graph = new Graph({ multigraph: true })
    .setGraph({ rankdir: "LR", nodesep: 10, edgesep: 8, ranksep: 58, marginx: 16, marginy: 16 })
    .setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const holder = node.kind === "agent" || node.kind === "workflow";
    graph.setNode(node.id, { width: WIDTH, height: holder ? HOLDER_HEIGHT : HEIGHT });
  }
  const loops = new Map<string, number>();
  const between: GraphEdge[] = [];
  for (const edge of edges) {
    if (edge.from === edge.to) loops.set(edge.from, (loops.get(edge.from) ?? 0) + edge.count);
    else {
      between.push(edge);
      graph.setEdge(edge.from, edge.to, { width: 30, height: 14, labelpos: "c" }, edge.kind);
    }
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    nodes: nodes.map((node) => ({ ...node, ...(graph.node(node.id) as PlacedNode) })),
    edges: between.map((edge) => {
      const line = graph.edge(edge.from, edge.to, edge.kind) as {
        points: Point[];
        x: number;
        y: number;
      };
      return { ...edge, path: curve(line.points), labelX: line.x, labelY: line.y };
    }),
    loops,
    width,
    height,
  };
}

/** A curve through the middles of the line's pieces, whose corners pull it. */
function curve(points: Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return "";
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const pieces = rest.map((point, index) => {
    const next = rest[index + 1] ?? last;
    const end =
      index === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(end)}`;
  });
  return `M${at(first)}${pieces.length > 0 ? pieces.join("") : `L${at(last)}`}`;
}
