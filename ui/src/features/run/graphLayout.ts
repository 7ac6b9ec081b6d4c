/**
 * Places of a graph's nodes and the way of its edges, by dagre, so that they fit the width there is.
 * Loaded with the view that draws it.
 */
import { formatCount } from "../../grammar/format";
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
  /** What is written on it; "" where there is nothing to say. */
  label: string;
  /** Where that stands. */
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

/** From left to right, or from top to bottom. */
type Direction = "LR" | "TB";

/** A graph is made smaller to fit; smaller than this it could not be read, and is scrolled. */
const ZOOM_MIN = 0.85;

/**
 * From left to right, as one reads; where that is too wide, downwards, if so more of it is seen.
 * `zoom` is at most 1.
 */
export function fitted(graph: AgentGraph, widthPx: number): PlacedGraph & { zoom: number } {
  const zoomOf = ({ width }: PlacedGraph) => Math.min(1, widthPx / (width || 1));
  const across = placed(graph, "LR");
  const zoom = zoomOf(across);
  if (zoom >= ZOOM_MIN) return { ...across, zoom };
  const down = placed(graph, "TB");
  return zoomOf(down) > zoom
    ? { ...down, zoom: Math.max(ZOOM_MIN, zoomOf(down)) }
    : { ...across, zoom: ZOOM_MIN };
}

interface Point {
  x: number;
  y: number;
}

const WIDTH = 168;
const HEIGHT = 32;
/** Of a node that has a second line. */
const TALL = 48;
/** Pixels of a letter on an edge. */
const LETTER = 6.5;

/** Whether something is said of it besides its name and how often it is there. */
export function hasFigures({ modelCalls, costUsd, failed }: GraphNode): boolean {
  return modelCalls > 0 || costUsd > 0 || failed > 0;
}

function placed({ nodes, edges }: AgentGraph, direction: Direction): PlacedGraph {
  const graph = new Graph({ multigraph: true })
    .setGraph({
      rankdir: direction,
      nodesep: direction === "LR" ? 10 : 14,
      edgesep: 8,
      ranksep: 40,
      marginx: 14,
      marginy: 14,
    })
    .setDefaultEdgeLabel(() => ({}));
  // dagre puts the last first where nothing else says an order; here the first that ran stands first.
  for (const node of nodes.toReversed()) {
    const tall = node.kind === "agent" || node.kind === "workflow" || hasFigures(node);
    graph.setNode(node.id, { width: WIDTH, height: tall ? TALL : HEIGHT });
  }
  const loops = new Map<string, number>();
  const between: GraphEdge[] = [];
  for (const edge of edges) {
    if (edge.from === edge.to) loops.set(edge.from, (loops.get(edge.from) ?? 0) + edge.count);
    else between.push(edge);
  }
  for (const edge of between.toReversed()) {
    const width = labelOf(edge).length * LETTER;
    const label = { width, height: width > 0 ? 16 : 0, labelpos: "c" };
    graph.setEdge(edge.from, edge.to, label, edge.kind);
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
      return {
        ...edge,
        path: curve(line.points),
        label: labelOf(edge),
        labelX: line.x,
        labelY: line.y,
      };
    }),
    loops,
    width,
    height,
  };
}

function labelOf({ kind, count }: GraphEdge): string {
  return [
    ...(kind === "hands off" ? ["hands over"] : []),
    ...(count > 1 ? [`×${formatCount(count)}`] : []),
  ].join(" ");
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
