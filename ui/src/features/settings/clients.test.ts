import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clients } from "./clients";

const ORIGIN = "http://127.0.0.1:4318";

function blocks(name: string, keysRequired: boolean): { label: string; code: string }[] {
  return clients(ORIGIN, keysRequired).find((client) => client.name === name)?.blocks ?? [];
}

test("Vedette's own SDK comes first, with the lines of its README and its variables", () => {
  expect(clients(ORIGIN, false)[0]?.name).toBe("Vedette for Python");
  const readme = readFileSync("../sdks/python/README.md", "utf8");
  const [shell, ...python] = blocks("Vedette for Python", true).map(({ code }) => code);
  for (const code of python) expect(readme).toContain(code);
  const lines = shell?.split("\n") ?? [];
  expect(readme).toContain(lines.at(-1));
  const guide = readFileSync("../docs/python.md", "utf8");
  for (const line of lines.slice(0, -1)) {
    expect(guide).toContain(`\`${/^export (\w+)=/.exec(line)?.[1]}\``);
  }
});

test("the lines for Rust are those of the crate's tested example", () => {
  const example = readFileSync("../crates/sdk/src/lib.rs", "utf8");
  const [, code] = blocks("Vedette for Rust", false);
  for (const line of code?.code.split("\n") ?? []) expect(example).toContain(`//! ${line}`.trim());
  expect(code?.code).toContain("Recorder::start");
});
