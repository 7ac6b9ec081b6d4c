import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";

test("the client is generated from the document that the server serves", async () => {
  const kept = new URL("./schema.ts", import.meta.url);
  const generated = astToString(
    await openapiTS(new URL("../../../schema/openapi.json", import.meta.url)),
  );
  const options = await resolveConfig(kept);
  const body = (text: string) => text.slice(text.indexOf("export interface paths"));
  expect(body(await format(generated, { ...options, parser: "typescript" }))).toBe(
    body(readFileSync(kept, "utf8")),
  );
}, 60_000);
