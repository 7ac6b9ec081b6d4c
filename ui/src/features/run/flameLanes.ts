/** Which line of the flame each span stands on. Pure. */
import type { SpanTree } from "./tree";

/**
 * A span stands below its parent, on the first line where nothing else is going on; so what ran
 * at the same time stands one under the other, and nothing hides anything.
 */
export function flameLanes(tree: SpanTree): { lanes: Int32Array; count: number } {
  const { nodes } = tree;
  const lanes = new Int32Array(nodes.length);
  /** The latest end on each line so far: what comes earlier than that goes further down. */
  const taken: number[] = [];
  nodes.forEach((node, at) => {
    let lane = node.parent === -1 ? 0 : (lanes[node.parent] ?? 0) + 1;
    while ((taken[lane] ?? -Infinity) > node.startMs) lane++;
    lanes[at] = lane;
    for (let each = taken.length; each < lane; each++) taken[each] = -Infinity;
    // A moment takes room too, else those at one time would lie upon each other.
    taken[lane] = Math.max(node.endMs, node.startMs + Number.EPSILON * node.startMs * 2);
  });
  return { lanes, count: taken.length };
}
