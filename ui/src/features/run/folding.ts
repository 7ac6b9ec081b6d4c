/** What is left out of a run's tree at first, and its count. Pure. */
import { plural } from "../../grammar/format";
import { isFailing, type SpanTree, type TreeNode } from "./tree";

/** A copy of another span, or plumbing that failed in nothing. */
export function isFoldable(node: TreeNode): boolean {
  const { span } = node;
  return span.duplicate_of !== null || (span.noise && !isFailing(span));
}

/** "4 duplicates, 12 plumbing spans"; null when nothing can be folded or all of it would be. */
export function foldedWords(tree: SpanTree): string | null {
  let duplicates = 0;
  let plumbing = 0;
  for (const node of tree.nodes) {
    if (node.span.duplicate_of !== null) duplicates++;
    else if (isFoldable(node)) plumbing++;
  }
  if (duplicates + plumbing === 0 || duplicates + plumbing === tree.nodes.length) return null;
  return [
    ...(duplicates > 0 ? [plural(duplicates, "duplicate")] : []),
    ...(plumbing > 0 ? [plural(plumbing, "plumbing span")] : []),
  ].join(", ");
}
