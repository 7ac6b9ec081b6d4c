import { expect, it } from "vitest";
import type { Run } from "../../api/types";
import { runsCsv, runsJsonl } from "./exportRuns";

const run = {
  id: "run_eu_1",
  name: 'say "hi", twice',
  agent: "=cmd()",
  status: "failed",
  error: { type: "Error", message: "line\nbreak" },
  duration_ms: 12.5,
  cost_usd: "0.000000001",
  cost_source: "computed",
  tokens: { input: 7, output: null },
  tags: ["a", "b"],
} as unknown as Run;

it.each<[string[], string]>([
  [
    ["status", "run"],
    'status,id,name,error\r\nfailed,run_eu_1,"say ""hi"", twice","line\nbreak"\r\n',
  ],
  [["agent", "duration_ms"], "agent,duration_ms\r\n'=cmd(),12.5\r\n"],
  [
    ["cost_usd", "tokens"],
    "cost_usd,cost_source,input_tokens,output_tokens\r\n0.000000001,computed,7,\r\n",
  ],
  [["tags", "sparkline"], "tags\r\na b\r\n"],
])("the columns %j as CSV", (columns, expected) => expect(runsCsv([run], columns)).toBe(expected));

it("is one run a line, whole, as JSON", () => {
  const lines = runsJsonl([run, run]).split("\n");
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? "")).toEqual(run);
});
