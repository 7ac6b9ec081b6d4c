/** What the pages tell to copy, as somebody would who copies it. */
import { execFileSync } from "node:child_process";
import type { Page } from "@playwright/test";
import type { Server } from "./server";
import { expect, test } from "./test";

const NO_SPANS = JSON.stringify({ resourceSpans: [] });

/** Who sends with what these variables say: 200 if the server takes it. */
const SENDERS: Record<string, (said: Record<string, string>) => Promise<Response>> = {
  VEDETTE_ENDPOINT: ({ VEDETTE_ENDPOINT, VEDETTE_API_KEY }) =>
    send(`${VEDETTE_ENDPOINT}/v1/traces`, `Bearer ${VEDETTE_API_KEY}`),
  OTEL_EXPORTER_OTLP_ENDPOINT: ({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS }) =>
    send(
      `${OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`,
      /^Authorization=(.*)$/.exec(OTEL_EXPORTER_OTLP_HEADERS ?? "")?.[1] ?? "",
    ),
  LANGFUSE_HOST: ({ LANGFUSE_HOST, LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY }) =>
    send(
      `${LANGFUSE_HOST}/api/public/otel/v1/traces`,
      `Basic ${btoa(`${LANGFUSE_PUBLIC_KEY}:${LANGFUSE_SECRET_KEY}`)}`,
    ),
};

const send = (url: string, authorization: string) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: NO_SPANS,
  });

const shell = (script: string) => execFileSync("sh", ["-c", script], { encoding: "utf8" });

async function logIn(page: Page, server: Server): Promise<string> {
  server.command("accounts", "create", "acme");
  const key = /\S{20,}/.exec(server.command("keys", "create", "--account", "acme"))?.[0] ?? "";
  await page.goto(`${server.url}/settings`);
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("group", { name: "Clients" })).toBeVisible();
  return key;
}

test("every line that the settings tell to copy works with a key", async ({
  page,
  fresh: server,
}) => {
  const key = await logIn(page, server);
  const settings = page.getByRole("tabpanel", { name: "Send here" });
  const tried: string[] = [];
  for (const client of await page
    .getByRole("group", { name: "Clients" })
    .getByRole("button")
    .all()) {
    await client.click();
    const name = await client.innerText();
    for (const lines of await settings.locator("pre").allInnerTexts()) {
      const code = lines.replaceAll("YOUR_KEY", key);
      // In a crontab, after the time and the job.
      const curl = /(^|&& )(curl [^]*)$/.exec(code)?.[2];
      if (curl) {
        shell(curl.replace(/^curl (?!-f)/, "curl --fail-with-body -sS "));
        tried.push(name);
      }
      const exported = code.split("\n").filter((line) => /^export \w+=/.test(line));
      if (exported.length === 0) continue;
      const said = Object.fromEntries(
        shell(`${exported.join("\n")}\nenv`)
          .split("\n")
          .map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
      ) as Record<string, string>;
      const sender = Object.keys(SENDERS).find((variable) =>
        exported.some((line) => line.startsWith(`export ${variable}=`)),
      );
      expect(sender, `${name} says where to send`).toBeTruthy();
      expect((await SENDERS[sender ?? ""]?.(said))?.status, `${name}: ${code}`).toBe(200);
      tried.push(name);
    }
  }
  expect(tried).toEqual(expect.arrayContaining(["Vedette for Python", "curl", "Heartbeat"]));
  expect(tried.length).toBeGreaterThan(12);
  await page.goto(`${server.url}/runs`);
  const runs = page.getByRole("table", { name: "Runs" });
  await expect(runs).toContainText("lead-qualifier");
  await expect(runs).toContainText("daily-summary");
});

test("the first page of a server with accounts tells what to copy, with a key", async ({
  page,
  fresh: server,
}) => {
  await logIn(page, server);
  await page.goto(server.url);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "No runs yet. Two lines bring the first.",
  );
  await expect(page.getByLabel("agent.py")).toHaveText("import vedette\n\nvedette.init()");
  await expect(page.getByText("export VEDETTE_API_KEY=YOUR_KEY")).toBeVisible();
});
