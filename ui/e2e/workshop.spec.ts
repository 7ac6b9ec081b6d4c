/** The pages one works on: SQL and settings, with and without keys. */
import { hex, sendRun, supportRun, withModel } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

test("SQL answers as a table and a chart, and is kept in the address", async ({
  page,
  server,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const agent = named("=desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/sql`);
  const schema = page.getByRole("region", { name: "Schema" });
  await expect(schema.getByRole("button", { name: "agent text" })).toBeVisible();
  await page
    .getByLabel("Query")
    .fill(
      `SELECT agent, count(*) AS runs, min(id) AS id FROM runs WHERE agent = '${agent}' GROUP BY agent`,
    );
  await page.keyboard.press("Control+Enter");
  const answer = page.getByRole("table", { name: "Answer" });
  await expect(answer.getByRole("row").nth(1)).toContainText(agent);
  await expect(page).toHaveURL(/\/sql\?q=SELECT/);
  await page.getByRole("button", { name: "Copy as CSV" }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^agent,runs,id\r?\n'=desk-[0-9a-f]+,1,[0-9a-f]{32}\r?\n$/);
  await expectAccessible(page);
  await page.getByRole("tab", { name: "Chart" }).click();
  await expect(page).toHaveURL(/view=chart/);
  await expect(page.getByRole("table", { name: "runs by agent" })).toContainText(agent);
  await page.reload();
  await expect(page.getByRole("tab", { name: "Chart" })).toHaveAttribute("aria-selected", "true");
  await page.getByRole("tab", { name: "Table" }).click();
  await answer.getByRole("link", { name: /^[0-9a-f]{32}$/ }).click();
  await expect(page.getByRole("treegrid")).toBeVisible();
});

test("the functions of spans are put into the query", async ({ page, server }) => {
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/sql`);
  const schema = page.getByRole("region", { name: "Schema" });
  await schema.getByText("functions of spans").click();
  const query = page.getByLabel("Query");
  await query.fill("");
  await schema.getByRole("button", { name: "input(otlp)" }).click();
  await expect(query).toHaveValue("input(otlp)");
  const ofRun = `kind = 'llm' AND run_id = '${trace}'`;
  await query.fill(`SELECT kind, output_messages(otlp) FROM spans WHERE ${ofRun}`);
  await page.keyboard.press("Control+Enter");
  const row = page.getByRole("table", { name: "Answer" }).getByRole("row").nth(1);
  await expect(row).toContainText('"role":"assistant"');
});

test("a chart of hours has a gap where an hour is missing", async ({ page, server }) => {
  const hours = [0, 1, 2, 5, 6].map((hour) => `(TIMESTAMP '2026-03-12T0${hour}:00:00', ${hour})`);
  const question = `SELECT * FROM (VALUES ${hours.join(", ")}) AS t(hour, runs)`;
  await page.goto(`${server}/sql?q=${encodeURIComponent(question)}&view=chart`);
  const chart = page.getByRole("img", { name: "runs by hour" });
  await expect(chart).toBeVisible();
  // Each piece of a line begins with a move.
  await expect(chart.locator("path")).toHaveAttribute("d", /^M[^M]*M[^M]*$/);
  await expect(chart.locator("circle")).toHaveCount(5);
});

test("on a telephone every tab of the settings is seen or leads to the next", async ({
  page,
  server,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server}/settings`);
  const tabs = page.getByRole("tablist", { name: "Settings" }).getByRole("tab");
  await expect(tabs).toHaveText(["Send here", "Keys", "Channels", "Incidents", "Prices", "Data"]);
  for (const tab of await tabs.all()) {
    await expect(tab).toBeInViewport({ ratio: 1 });
  }
  await tabs.last().click();
  await expect(page).toHaveURL(/tab=data/);
});

test("a query that is wrong is answered with why, beside it", async ({ page, server }) => {
  await page.goto(`${server}/sql?q=${encodeURIComponent("DROP TABLE runs")}`);
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Query").fill("SELECT nothing_such FROM runs");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("nothing_such");
  await expectAccessible(page);
});

test("a price that is set holds for what arrives, and from a day on for what is stored", async ({
  page,
  server,
}) => {
  const model = named("model");
  const before = await sendRun(server, withModel(supportRun(named("desk")), model));
  await page.goto(`${server}/settings?tab=prices&model=${model}`);
  await page.getByLabel("Input", { exact: true }).fill("2");
  await page.getByLabel("Output", { exact: true }).fill("10");
  await page.getByRole("button", { name: "Set the price" }).click();
  const row = page.getByRole("table", { name: "Own prices" }).getByRole("row", { name: model });
  await expect(row).toContainText("10");
  const today = new Date();
  await expect(row).toContainText(`${today.getDate()} `);
  await expect(row).toContainText(` ${today.getFullYear()}`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Price again" }).click();
  await expect(page.getByText("2 calls in 1 run priced again.")).toBeVisible();
  const after = await sendRun(server, withModel(supportRun(named("desk")), model));
  await row.getByRole("button", { name: `Remove the price of ${model}` }).click();
  await row.getByRole("button", { name: "Keep" }).click();
  await row.getByRole("button", { name: `Remove the price of ${model}` }).click();
  await row.getByRole("button", { name: "Remove the price" }).click();
  await expect(row).toHaveCount(0);
  const last = await sendRun(server, withModel(supportRun(named("desk")), model));
  await page.goto(`${server}/runs/${last}`);
  await expect(page.getByText(`no price known for ${model}`).first()).toBeVisible();
  for (const trace of [before, after]) {
    await page.goto(`${server}/runs/${trace}`);
    // 3,700 tokens in and 32 out.
    await expect(page.getByText("$0.0077").first()).toBeVisible();
  }
});

test("the price list is looked through, and an own price begins from a row of it", async ({
  page,
  fresh: server,
}) => {
  await page.goto(`${server.url}/settings?tab=prices`);
  const list = page.getByRole("table", { name: "Price list" });
  await expect(list.getByRole("row")).toHaveCount(21);
  await page.getByRole("button", { name: "Show more models" }).click();
  await expect(list.getByRole("row")).toHaveCount(41);
  await page.getByLabel("Search models and providers").fill("gpt-4o-mini");
  const row = list.getByRole("row", { name: /^gpt-4o-mini openai / });
  await expect(row).toContainText("0.075");
  await expect(list.getByRole("row", { name: "claude" })).toHaveCount(0);
  await expectAccessible(page);
  await row.getByRole("button", { name: "Set own price for gpt-4o-mini of openai" }).click();
  await expect(page.getByLabel("Model, as calls name it")).toBeFocused();
  await expect(page.getByLabel("Model, as calls name it")).toHaveValue("gpt-4o-mini");
  await expect(page.getByLabel("Output", { exact: true })).toHaveValue("0.6");
  await page.getByLabel("Input", { exact: true }).fill("0.1");
  await page.getByRole("button", { name: "Set the price" }).click();
  const own = page.getByRole("table", { name: "Own prices" });
  await expect(own.getByRole("row", { name: "gpt-4o-mini" })).toContainText("0.1");
  await page.getByLabel("Search models and providers").fill("no-such-model-9");
  await expect(page.getByText("No model or provider is called so.")).toBeVisible();
});

test("every client's lines name this server", async ({ page, server }) => {
  await page.goto(`${server}/settings`);
  const clients = page.getByRole("group", { name: "Clients" }).getByRole("button");
  await expect(clients.first()).toBeVisible();
  expect(await clients.count()).toBeGreaterThan(8);
  for (const client of await clients.all()) {
    await client.click();
    await expect(page.getByText(server).first()).toBeVisible();
  }
  await expectAccessible(page);
});

test("retention is set, and an account's runs are kept so long", async ({
  page,
  fresh: server,
}) => {
  await page.goto(`${server.url}/settings?tab=data`);
  await page.getByLabel("Days to keep runs").fill("30");
  await expect(page.getByText("Older runs are deleted soon after saving.")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Runs are kept for 30 days")).toBeVisible();
  await expect(page.getByRole("region", { name: "Accounts" })).toContainText("default");
  await expectAccessible(page);
});

test("the first key keeps its maker logged in, and a revoked one asks for another", async ({
  page,
  fresh: server,
}) => {
  await page.goto(`${server.url}/settings?tab=keys`);
  await page.getByLabel("Name").fill("mine");
  await page.getByRole("button", { name: "Make the key" }).click();
  await expect(page.getByText("Copy it now: it is not shown again.")).toBeVisible();
  const secret = await page.getByLabel("mine", { exact: true }).textContent();
  expect(secret).toMatch(/^vk_[0-9a-f]{64}$/);
  await expect(page.getByRole("button", { name: "Revoke mine" })).toBeVisible();
  await expectAccessible(page);
  expect((await fetch(`${server.url}/api/v1/runs`)).status).toBe(401);
  // The page of a key that may only read says what it lacks.
  const reader = await fetch(`${server.url}/api/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "reader", scopes: ["read"] }),
  });
  const { secret: readerSecret } = (await reader.json()) as { secret: string };
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("Key", { exact: true }).fill(readerSecret);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.goto(`${server.url}/settings?tab=keys`);
  await expect(page.getByRole("alert")).toContainText("Your key may not see this.");
  await expect(page.getByRole("alert")).toContainText("vedette keys create --scope admin");
  await expectAccessible(page);
  server.command("keys", "list");
  const { keys } = JSON.parse(server.command("keys", "list", "--json")) as {
    keys: { id: string; name: string }[];
  };
  server.command("keys", "revoke", keys.find(({ name }) => name === "reader")?.id ?? "");
  await page.goto(`${server.url}/costs`);
  await expect(page).toHaveURL(/\/login\?next=%2Fcosts/);
});

test("the pages' policy lets in no foreign script, style, frame or form", async ({
  page,
  server,
}) => {
  const answer = await page.goto(server);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]) {
    expect(policy).toContain(rule);
  }
  expect(policy).not.toContain("unsafe");
});
