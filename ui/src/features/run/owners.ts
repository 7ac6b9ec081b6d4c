/** Whose work each span is. Pure. */
import type { SpanTree } from "./tree";

/**
 * For each span the agent it belongs to: the one it names, else that of the nearest span above
 * which names one; null where nobody said.
 */
export function ownersOf(tree: SpanTree): (string | null)[] {
  const owners: (string | null)[] = [];
  for (const { span, parent } of tree.nodes) {
    const own = span.agent ?? (span.kind === "agent" ? span.name : null);
    owners.push(own ?? owners[parent] ?? null);
  }
  return owners;
}

/** Names as spans spell them differ in case and in what joins their words. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/**
 * To whom a span hands over, by its own words: `Triage → Billing`, `transfer_to_billing`. Only an
 * agent of the run counts; null where the span hands over to nobody it names.
 */
export function handOffTarget(
  span: { kind: string; name: string; tool: string | null },
  agents: ReadonlyMap<string, string>,
): string | null {
  const words =
    span.kind === "decision"
      ? /→\s*(.+)$/.exec(span.name)?.[1]?.replace(/\.handoff$/, "")
      : span.kind === "tool"
        ? /^(?:transfer|hand_?off)_+to_+(.+)$/i.exec(span.tool ?? span.name)?.[1]
        : undefined;
  return words === undefined ? null : (agents.get(plainName(words)) ?? null);
}

/** The run's agents by their plain names, for `handOffTarget`. */
export function agentNames(owners: (string | null)[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const owner of owners) if (owner !== null) names.set(plainName(owner), owner);
  return names;
}
