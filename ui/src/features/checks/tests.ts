/** The kinds of checks: how each is asked for in a form and said in words. Pure. */
import type { CheckTest } from "../../api/types";
import { formatDuration } from "../../grammar/format";

export interface TestField {
  name: string;
  label: string;
  kind: "number" | "text" | "money" | "list" | "json" | "tick";
  optional?: boolean;
  /** What a form shows of one that the API counts. */
  scale?: number;
  initial?: string;
}

const bounds = (unit: string): TestField[] => [
  { name: "min", label: `At least${unit}`, kind: "number", optional: true },
  { name: "max", label: `At most${unit}`, kind: "number", optional: true },
];

export const TESTS: Record<CheckTest["type"], { label: string; fields: TestField[] }> = {
  json_schema: {
    label: "Output is JSON of a schema",
    fields: [{ name: "schema", label: "JSON Schema", kind: "json", initial: '{"type": "object"}' }],
  },
  regex: {
    label: "Output matches an expression",
    fields: [
      { name: "pattern", label: "Expression", kind: "text" },
      { name: "not", label: "It must not match", kind: "tick" },
    ],
  },
  length: { label: "Length of the output", fields: bounds(", characters") },
  required_fields: {
    label: "Output has fields",
    fields: [{ name: "fields", label: "Fields, with commas", kind: "list" }],
  },
  tool_called: {
    label: "A tool was called",
    fields: [
      { name: "tool", label: "Tool", kind: "text" },
      { name: "not", label: "It must not be called", kind: "tick" },
    ],
  },
  range: {
    label: "A number in the output",
    fields: [
      { name: "field", label: "Field (all of it if empty)", kind: "text", optional: true },
      ...bounds(""),
    ],
  },
  budget: {
    label: "Cost and time of the run",
    fields: [
      { name: "max_usd", label: "At most, $", kind: "money", optional: true },
      { name: "max_ms", label: "At most, seconds", kind: "number", optional: true, scale: 0.001 },
    ],
  },
};

export const TEST_TYPES = Object.keys(TESTS) as CheckTest["type"][];

/** Every field as text while it is typed; a tick is "yes" or nothing. */
export type Values = Record<string, string>;

export function newValues(type: CheckTest["type"]): Values {
  return Object.fromEntries(TESTS[type].fields.map(({ name, initial }) => [name, initial ?? ""]));
}

export function valuesOf(test: CheckTest): Values {
  const given = test as unknown as Record<string, unknown>;
  const shown = ({ name, kind, scale = 1 }: TestField): string => {
    const value = given[name];
    if (value === undefined || value === null) return "";
    if (kind === "json") return JSON.stringify(value, null, 2);
    if (kind === "list") return (value as string[]).join(", ");
    if (kind === "tick") return value === true ? "yes" : "";
    return typeof value === "number"
      ? String(Number((value * scale).toPrecision(12)))
      : String(value);
  };
  return Object.fromEntries(TESTS[test.type].fields.map((field) => [field.name, shown(field)]));
}

/** As the API takes it. Throws a SyntaxError of a schema that is no JSON. */
export function testOf(type: CheckTest["type"], values: Values): object {
  const test: Record<string, unknown> = { type };
  for (const { name, kind, optional, scale = 1 } of TESTS[type].fields) {
    const text = (values[name] ?? "").trim();
    if (text === "" && (optional || kind === "tick")) continue;
    if (kind === "number") test[name] = Number((Number(text) / scale).toPrecision(12));
    else if (kind === "json") test[name] = JSON.parse(text);
    else if (kind === "tick") test[name] = true;
    else if (kind === "list") {
      test[name] = text.split(",").flatMap((part) => (part.trim() ? [part.trim()] : []));
    } else test[name] = text;
  }
  return test;
}

function boundWords(min: unknown, max: unknown, unit: string): string {
  const has = (value: unknown) => value !== undefined && value !== null;
  if (has(min) && has(max)) return `${min} to ${max}${unit}`;
  return has(min) ? `at least ${min}${unit}` : `at most ${max}${unit}`;
}

/** "the output has at least 20 characters". */
export function testWords(test: CheckTest): string {
  switch (test.type) {
    case "json_schema":
      return "the output is JSON of its schema";
    case "regex":
      return `the output ${test.not ? "does not match" : "matches"} ${test.pattern}`;
    case "length":
      return `the output has ${boundWords(test.min, test.max, " characters")}`;
    case "required_fields":
      return `the output has ${test.fields.join(", ")}`;
    case "tool_called":
      return `${test.tool} ${test.not ? "is not called" : "is called"}`;
    case "range":
      return `${test.field ?? "the output"} is ${boundWords(test.min, test.max, "")}`;
    case "budget": {
      const parts = [
        ...(test.max_usd ? [`costs at most $${test.max_usd}`] : []),
        ...(test.max_ms ? [`takes at most ${formatDuration(test.max_ms)}`] : []),
      ];
      return `the run ${parts.join(" and ")}`;
    }
  }
}

/** A text within SQL. */
const sqlText = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** What the last runs were found to be. */
export function resultsQuery(name: string): string {
  return `SELECT time, run_id, value, reason FROM scores WHERE source = 'check' AND name = ${sqlText(name)} ORDER BY time DESC LIMIT 50`;
}

export const COUNTS_QUERY =
  "SELECT name, count(*) AS runs, sum(CASE WHEN value = 0 THEN 1 ELSE 0 END) AS failed FROM scores WHERE source = 'check' GROUP BY name";

/** Of a score's reason, what was asked and what was found. */
export function findingOf(reason: unknown): { expected: string; got: string } | null {
  if (typeof reason !== "string") return null;
  try {
    const found: unknown = JSON.parse(reason);
    if (typeof found !== "object" || found === null) return null;
    const { expected, got } = found as Record<string, unknown>;
    return typeof expected === "string" && typeof got === "string" ? { expected, got } : null;
  } catch {
    return null;
  }
}
