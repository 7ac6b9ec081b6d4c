/**
 * The conditions of rules: how each is asked for in a form and said in words. One table, so that a
 * kind of condition is a line here. Pure.
 */
import type { Condition, Target } from "../../api/types";
import { formatCount } from "../../grammar/format";
import { periodWords } from "../../grammar/periods";

export type SimpleType = Exclude<Condition["type"], "all" | "any">;

export interface ConditionField {
  name: string;
  label: string;
  kind: "number" | "text" | "money";
  /** What a form shows of one that the API counts: a share of 1 as 100 %. */
  scale?: number;
  /** As typed, when the kind is chosen. */
  initial: string;
  optional?: boolean;
}

interface ConditionKind {
  label: string;
  fields: ConditionField[];
}

const number = (name: string, label: string, initial: string, scale?: number): ConditionField => ({
  name,
  label,
  kind: "number",
  initial,
  ...(scale ? { scale } : {}),
});

export const CONDITIONS: Record<SimpleType, ConditionKind> = {
  failure_rate: {
    label: "Failure rate",
    fields: [number("over", "Over, %", "20", 100)],
  },
  errors: {
    label: "Errors of a kind",
    fields: [
      number("over", "More than, runs", "3"),
      {
        name: "kind",
        label: "Kind (any if empty)",
        kind: "text",
        initial: "",
        optional: true,
      },
    ],
  },
  latency_threshold: {
    label: "Latency, p95",
    fields: [number("over_p95_ms", "Over, seconds", "30", 0.001)],
  },
  cost_threshold: {
    label: "Cost in the window",
    fields: [{ name: "over_usd", label: "Over, $", kind: "money", initial: "10" }],
  },
  cost_per_run: {
    label: "Cost per run",
    fields: [{ name: "over_usd", label: "Over, $", kind: "money", initial: "0.50" }],
  },
  spend_anomaly: {
    label: "Spend unlike the 14 days before",
    fields: [number("sigma", "Over, standard deviations", "2.5")],
  },
  tokens: {
    label: "Tokens in the window",
    fields: [number("over", "Over, tokens", "1000000")],
  },
  score_below: {
    label: "Score below",
    fields: [
      { name: "score", label: "Score's name", kind: "text", initial: "" },
      number("below", "Below", "0.7"),
    ],
  },
  inactivity: {
    label: "No run began",
    fields: [number("hours", "For longer than, hours", "24")],
  },
  stalled_run: {
    label: "A run stalls",
    fields: [number("minutes", "Without a sign for, minutes", "15")],
  },
  missed_heartbeat: { label: "A heartbeat is missed", fields: [] },
};

export const SIMPLE_TYPES = Object.keys(CONDITIONS) as SimpleType[];

export function isComposite(
  condition: Condition,
): condition is Extract<Condition, { of: Condition[] }> {
  return condition.type === "all" || condition.type === "any";
}

/** A value as a form shows it; numbers without the noise of binary fractions. */
function shown(value: unknown, scale = 1): string {
  if (typeof value !== "number") return typeof value === "string" ? value : "";
  return String(Number((value * scale).toPrecision(12)));
}

/** A condition while it is being typed: every field as text. */
export type Draft =
  { type: SimpleType; values: Record<string, string> } | { type: "all" | "any"; of: Draft[] };

export function isCompositeDraft(draft: Draft): draft is Extract<Draft, { of: Draft[] }> {
  return draft.type === "all" || draft.type === "any";
}

export function newDraft(type: SimpleType): Draft {
  const fields = CONDITIONS[type].fields;
  return { type, values: Object.fromEntries(fields.map(({ name, initial }) => [name, initial])) };
}

export function draftOf(condition: Condition): Draft {
  if (isComposite(condition)) return { type: condition.type, of: condition.of.map(draftOf) };
  const given = condition as unknown as Record<string, unknown>;
  const values = CONDITIONS[condition.type].fields.map(
    ({ name, scale }) => [name, shown(given[name], scale)] as const,
  );
  return { type: condition.type, values: Object.fromEntries(values) };
}

/** As the API takes it. What is no number is left to the server to refuse by name. */
export function conditionOf(draft: Draft): object {
  if (isCompositeDraft(draft)) return { type: draft.type, of: draft.of.map(conditionOf) };
  const condition: Record<string, unknown> = { type: draft.type };
  for (const { name, kind, scale = 1, optional } of CONDITIONS[draft.type].fields) {
    const text = (draft.values[name] ?? "").trim();
    if (text === "" && optional) continue;
    condition[name] = kind === "number" ? Number((Number(text) / scale).toPrecision(12)) : text;
  }
  return condition;
}

/** How far back a condition looks: as the rule says, or as it does by itself. */
export function windowSeconds(condition: Condition, given: number | null): number {
  const own = condition.type === "cost_threshold" || condition.type === "tokens" ? 86_400 : 3_600;
  return given ?? own;
}

/** "more than 20 % of runs fail within 1 hour"; `window` null is as the condition has it. */
export function conditionWords(condition: Condition, window: number | null): string {
  const within = () => ` within ${periodWords(windowSeconds(condition, window))}`;
  switch (condition.type) {
    case "failure_rate":
      return `more than ${shown(condition.over, 100)} % of runs fail${within()}`;
    case "errors":
      return `more than ${formatCount(condition.over)} runs fail${
        condition.kind ? ` with ${condition.kind}` : ""
      }${within()}`;
    case "latency_threshold":
      return `p95 latency is over ${shown(condition.over_p95_ms, 0.001)} s${within()}`;
    case "cost_threshold":
      return `runs cost over $${condition.over_usd}${within()}`;
    case "cost_per_run":
      return `a run costs over $${condition.over_usd} on average${within()}`;
    case "spend_anomaly":
      return `today costs over ${shown(condition.sigma)} standard deviations above the 14 days before`;
    case "tokens":
      return `runs use over ${formatCount(condition.over)} tokens${within()}`;
    case "score_below":
      return `the score ${condition.score} is below ${shown(condition.below)} on average${within()}`;
    case "inactivity":
      return `no run began for ${shown(condition.hours)} hours`;
    case "stalled_run":
      return `a run shows no sign for ${shown(condition.minutes)} minutes`;
    case "missed_heartbeat":
      return "an expected run is missing";
    case "all":
    case "any": {
      const joint = condition.type === "all" ? " and " : " or ";
      const part = (each: Condition) => {
        const words = conditionWords(each, window);
        return isComposite(each) ? `(${words})` : words;
      };
      return condition.of.map(part).join(joint);
    }
  }
}

/** "agent desk, tag live"; empty of everything. */
export function targetWords(target: Target): string {
  return (["agent", "tag", "customer", "feature"] as const)
    .flatMap((part) => (target[part] ? [`${part} ${target[part]}`] : []))
    .join(", ");
}
