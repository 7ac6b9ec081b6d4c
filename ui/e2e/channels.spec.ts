/** Channels in the settings, with a real receiver: made, tried, told, sent again, paused and deleted. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { sendRun, supportRun } from "./otlp";
import { startServer } from "./server";
import { expect, expectAccessible, test } from "./test";

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Takes what is sent, and answers as it is told to. */
async function receiver() {
  const received: Received[] = [];
  const answer = { status: 200 };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

test("a webhook is made with a secret shown once, tried, told, sent again, paused, deleted", async ({
  page,
}) => {
  const hook = await receiver();
  const server = await startServer("--notify-allow", "127.0.0.0/8");
  try {
    await page.goto(`${server.url}/settings?tab=channels`);
    await expect(page.getByText("There is no channel yet, so nobody is told.")).toBeVisible();
    await expectAccessible(page);
    const form = page.getByRole("form", { name: "New channel" });
    await form.getByLabel("Name").fill("ops");
    await form.getByLabel("Type").selectOption("Webhook, signed");
    await form.getByLabel("Address").fill(hook.url);
    await form.getByRole("button", { name: "Make the channel" }).click();
    await expect(page.getByText("Copy the secret now: it is not shown again.")).toBeVisible();
    const secret = await page.getByLabel("secret of ops", { exact: true }).textContent();
    expect(secret).toMatch(/^whsec_/);
    await expectAccessible(page);
    await page.reload();
    const ops = page.getByRole("list", { name: "Channels" }).getByRole("listitem", { name: "ops" });
    await expect(ops).toBeVisible();
    await expect(page.getByText(secret ?? "no secret")).toHaveCount(0);

    await ops.getByRole("button", { name: "Test" }).click();
    await expect(ops.getByRole("status")).toContainText("The receiver took it");
    const [tried] = hook.received;
    const timestamp = String(tried?.headers["x-webhook-timestamp"]);
    const signature = createHmac("sha256", secret ?? "").update(`${timestamp}.${tried?.body}`);
    expect(tried?.headers["x-webhook-signature"]).toBe(`sha256=${signature.digest("hex")}`);
    hook.answer.status = 500;
    await ops.getByRole("button", { name: "Test" }).click();
    await expect(ops.getByRole("status")).toContainText("It was not delivered");
    hook.answer.status = 200;

    await sendRun(server.url, supportRun("desk", { error: "no seat" }));
    const told = page.getByRole("table", { name: "Deliveries" });
    const row = told.getByRole("row", { name: /desk fails at second call/ });
    await expect(row).toContainText("delivered", { timeout: 20_000 });
    const before = hook.received.length;
    await row.getByRole("button", { name: /^Send again/ }).click();
    await expect.poll(() => hook.received.length).toBe(before + 1);
    expect(hook.received.at(-1)?.body).toBe(hook.received.at(-2)?.body);
    await expectAccessible(page);

    await ops.getByRole("button", { name: "Pause" }).click();
    await expect(ops.getByText("paused", { exact: true })).toBeVisible();
    await ops.getByRole("button", { name: "Resume" }).click();
    await expect(ops.getByText("paused", { exact: true })).toHaveCount(0);
    await row.getByRole("link", { name: "desk fails at second call" }).click();
    await expect(page).toHaveURL(/\/incidents\/inc_/);
    await page.goBack();
    await ops.getByRole("button", { name: "Delete ops" }).click();
    await ops.getByRole("button", { name: "Delete the channel" }).click();
    await expect(page.getByText("There is no channel yet, so nobody is told.")).toBeVisible();
  } finally {
    await page.goto("about:blank");
    await server.stop();
    await hook.close();
  }
});

test("an address that may not be reached is refused with the reason", async ({ page, server }) => {
  await page.goto(`${server}/settings?tab=channels`);
  const form = page.getByRole("form", { name: "New channel" });
  await form.getByLabel("Name").fill("inside");
  await form.getByLabel("Address").fill("http://127.0.0.1:9/hook");
  await form.getByRole("button", { name: "Make the channel" }).click();
  await expect(page.getByRole("alert")).toContainText(/https|127\.0\.0\.1/);
  await form.getByLabel("Type").selectOption("Mail");
  await form.getByLabel("To").fill("ops@example.com");
  await form.getByRole("button", { name: "Make the channel" }).click();
  await expect(page.getByRole("alert")).toContainText("--smtp-url");
  await page.setViewportSize({ width: 390, height: 844 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  await expectAccessible(page);
});

test("a channel gets another name, address and severity; its secret stays and is not shown", async ({
  page,
}) => {
  const [old, other] = [await receiver(), await receiver()];
  const server = await startServer("--notify-allow", "127.0.0.0/8");
  try {
    const answer = await fetch(`${server.url}/api/v1/channels`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "ops", type: "webhook", url: old.url }),
    });
    const { secret } = (await answer.json()) as { secret: string };
    await page.goto(`${server.url}/settings?tab=channels`);
    const list = page.getByRole("list", { name: "Channels" });
    await list.getByRole("button", { name: "Change ops" }).click();
    const form = page.getByRole("form", { name: "Change ops" });
    await expect(form.getByLabel("Type")).toHaveCount(0);
    // The path may be secret: only the host is told.
    await expect(form.getByLabel("Another address")).toHaveValue("");
    await expect(form.getByText(`stays as it is, at ${new URL(old.url).origin}`)).toBeVisible();
    await expectAccessible(page);
    await form.getByLabel("Another address").fill("http://10.1.2.3/hook");
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form.getByRole("alert")).toContainText("10.1.2.3");
    await form.getByLabel("Name").fill("night");
    await form.getByLabel("Another address").fill(other.url);
    await form.getByLabel("At least").selectOption("critical");
    await form.getByLabel("Only about these agents").fill("desk, pay");
    await form.getByRole("button", { name: "Save" }).click();
    const night = list.getByRole("listitem", { name: "night" });
    await expect(night).toContainText(new URL(other.url).origin);
    await expect(night).toContainText("Told of critical and above about desk, pay.");
    await expect(form).toHaveCount(0);
    await expect(page.getByText(secret)).toHaveCount(0);
    await night.getByRole("button", { name: "Test" }).click();
    await expect(night.getByRole("status")).toContainText("The receiver took it");
    expect(old.received).toHaveLength(0);
    const [tried] = other.received;
    const timestamp = String(tried?.headers["x-webhook-timestamp"]);
    const signature = createHmac("sha256", secret).update(`${timestamp}.${tried?.body}`);
    expect(tried?.headers["x-webhook-signature"]).toBe(`sha256=${signature.digest("hex")}`);

    // What is not said stays.
    await night.getByRole("button", { name: "Change night" }).click();
    const again = page.getByRole("form", { name: "Change night" });
    await again.getByLabel("Only about these agents").fill("");
    await again.getByRole("button", { name: "Save" }).click();
    await expect(night).toContainText("Told of critical and above.");
    await night.getByRole("button", { name: "Test" }).click();
    await expect.poll(() => other.received.length).toBe(2);
  } finally {
    await page.goto("about:blank");
    await server.stop();
    await old.close();
    await other.close();
  }
});
