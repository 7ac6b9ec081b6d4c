/** Incidents as they come of runs that fail: told of first, looked at, handled, and told again. */
import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

/** What the server says of an agent's incidents, once there are any. */
async function incidentOf(server: string, agent: string): Promise<{ id: string; count: number }> {
  let found: { id: string; count: number }[] = [];
  await expect
    .poll(async () => {
      const answer = await fetch(`${server}/api/v1/incidents?agent=${agent}`);
      found = ((await answer.json()) as { incidents: typeof found }).incidents;
      return found.length;
    })
    .toBe(1);
  return found[0]!;
}

test("without one the page says so and teaches; the first shows by itself", async ({
  page,
  fresh,
}) => {
  await page.goto(`${fresh.url}/incidents`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No incident is open.");
  await expect(page.getByText("vedette channels add")).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await sendRun(fresh.url, supportRun("desk", { error: "429 Too Many Requests" }));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^1 incident open, since today \d\d:\d\d: desk fails at second call \(1 run\)\.$/,
  );
  const row = page.getByRole("table", { name: "Incidents" }).getByRole("row").nth(1);
  await expect(row).toContainText("429 Too Many Requests");
  await expect(
    page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Incidents 1 open" }),
  ).toBeVisible();
  await sendRun(fresh.url, supportRun("pay", { error: "card refused" }));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(
    "2 incidents open, the older",
  );
  await expectAccessible(page);
});

test("an incident is acknowledged, noted, resolved and reopened, with who and when", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  const traces = [];
  for (const at of [1, 2, 3]) {
    traces.push(await sendRun(server, supportRun(agent, { error: `no seat ${at}000 left` })));
  }
  await expect.poll(async () => (await incidentOf(server, agent)).count).toBe(3);
  await page.goto(`${server}/incidents?agent=${agent}`);
  await page
    .getByRole("table", { name: "Incidents" })
    .getByRole("link", { name: `${agent} fails` })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(
    `${agent} fails at second call: 3 runs`,
  );
  await expect(page.getByLabel("What it says")).toContainText("no seat 3000 left");
  await expect(page.getByRole("group", { name: "Failures over time" })).toBeVisible();
  const runs = page.getByRole("table", { name: "Runs" });
  for (const trace of traces) {
    await expect(runs.locator(`a[href*="${trace}"]`).first()).toBeVisible();
  }
  await expectAccessible(page);

  const history = page.getByRole("list", { name: "History" });
  await expect(history.getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "Acknowledge" }).click();
  await expect(history.getByRole("listitem").first()).toContainText("acknowledged");
  await expect(history.getByRole("listitem").first()).toContainText("somebody");
  await expect(page.getByRole("button", { name: "Acknowledge" })).toHaveCount(0);
  await page.getByLabel("Note", { exact: true }).fill("<b>the cache</b> is full\nsecond line");
  await page.getByRole("button", { name: "Add the note" }).click();
  await expect(history.getByRole("listitem").first()).toContainText("<b>the cache</b> is full");
  await expect(page.getByLabel("Note", { exact: true })).toHaveValue("");
  await page.getByRole("button", { name: "Resolve" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("resolved today");
  await page.goto(`${server}/incidents?status=resolved&agent=${agent}`);
  await expect(page.getByRole("table", { name: "Incidents" })).toContainText("resolved");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/incidents\/inc_/);
  await expect(page.getByRole("button", { name: "Reopen" })).toBeVisible();
  await page.keyboard.press("r");
  await expect(history.getByRole("listitem").first()).toContainText("reopened");
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/incidents$/);
});

test("what the server refuses is undone and said", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { error: "boom" }));
  const { id } = await incidentOf(server, agent);
  await page.goto(`${server}/incidents/${id}`);
  await expect(page.getByRole("button", { name: "Resolve" })).toBeVisible();
  await page.route(`**/api/v1/incidents/${id}`, (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 403,
          contentType: "application/json",
          body: '{"error":"forbidden","message":"this key may not write"}',
        })
      : route.fallback(),
  );
  await page.getByRole("button", { name: "Resolve" }).click();
  await expect(page.getByRole("alert")).toContainText(
    "Nothing was changed: this key may not write",
  );
  await expect(page.getByRole("button", { name: "Resolve" })).toBeVisible();
  await expectAccessible(page);
});

test("an incident of another's, or none, is said to be absent", async ({ page, server }) => {
  await page.goto(`${server}/incidents/inc_none`);
  await expect(page.getByRole("alert")).toContainText("There is no such incident.");
});

test("the list keeps its filter in the address, and back leads to it", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { error: "boom" }));
  const { id } = await incidentOf(server, agent);
  await fetch(`${server}/api/v1/incidents/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"action":"acknowledge"}',
  });
  await page.goto(`${server}/incidents?agent=${agent}`);
  await page.getByRole("tab", { name: /^Open/ }).click();
  await expect(page).toHaveURL(new RegExp(`status=open`));
  await expect(page.getByText("None is open of this agent.")).toBeVisible();
  await page.getByRole("tab", { name: /^Acknowledged/ }).click();
  const row = page.getByRole("link", { name: `${agent} fails` });
  await row.click();
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`status=acknowledged`));
  await expect(row).toBeVisible();
  await page.getByRole("button", { name: `Remove filter Agent: ${agent}` }).click();
  await expect(page).not.toHaveURL(/agent=/);
});

test("overview and agent lead to what is open", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { error: "boom" }));
  const { id } = await incidentOf(server, agent);
  await page.goto(`${server}/agents/${agent}`);
  await page
    .getByRole("region", { name: "Open incidents" })
    .getByRole("link", { name: `${agent} fails` })
    .click();
  await expect(page).toHaveURL(`${server}/incidents/${id}`);
  await page.goto(`${server}/`);
  await page
    .getByRole("region", { name: "Open incidents" })
    .getByRole("link", { name: `${agent} fails` })
    .click();
  await expect(page).toHaveURL(`${server}/incidents/${id}`);
});

test("a run names its incident, and follows what is done about it", async ({ page, server }) => {
  const agent = named("desk");
  const trace = await sendRun(server, supportRun(agent, { error: "no <b>seat</b> left" }));
  const well = await sendRun(server, supportRun(agent));
  const { id } = await incidentOf(server, agent);
  await page.goto(`${server}/runs/${well}`);
  await expect(page.getByRole("treegrid")).toBeVisible();
  await expect(page.getByRole("link", { name: `${agent} fails` })).toHaveCount(0);
  let asked = 0;
  page.on("response", (response) => {
    if (response.url().includes("/incidents?run_id=")) asked += 1;
  });
  await page.goto(`${server}/runs/run_eu_${trace}`);
  const belonging = page.getByRole("list", { name: "Belongs to" }).getByRole("listitem").first();
  await expect(belonging).toContainText(`incident${agent} fails at second call`);
  await expect(belonging).toContainText("open");
  await expectAccessible(page);
  // Once more when the stream is open; from here on it is told.
  await expect.poll(() => asked).toBe(2);
  const answer = await fetch(`${server}/api/v1/incidents/${id}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action: "acknowledge" }),
  });
  expect(answer.status).toBe(200);
  await expect(belonging).toContainText("acknowledged");
  await belonging.getByRole("link").click();
  await expect(page).toHaveURL(`${server}/incidents/${id}`);
});

test("incidents fit a narrow screen and both themes", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(
    server,
    supportRun(agent, { error: `${"very ".repeat(80)}long <script>alert(1)</script>` }),
  );
  const { id } = await incidentOf(server, agent);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of [`/incidents?agent=${agent}`, `/incidents/${id}`]) {
      await page.goto(server + path);
      await expect(page.getByRole("table").first()).toBeVisible();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(390);
      await expectAccessible(page);
    }
  }
});

test("a list of more incidents than a page has goes on where it ends", async ({ page, fresh }) => {
  test.setTimeout(120_000);
  const kinds = 1_005;
  const failed = (at: number) => ({
    agent: `agent-${at}`,
    start: Date.now() - 3_600_000 + at * 1_000,
    spans: [{ kind: "agent", name: "work", from: 0, to: 500, error: "broken" }],
  });
  for (let at = 0; at < kinds; at += 50) {
    const some = Array.from({ length: Math.min(50, kinds - at) }, (_, each) => failed(at + each));
    await Promise.all(some.map((run) => sendRun(fresh.url, run)));
  }
  const counted = async () => {
    const answer = await fetch(`${fresh.url}/api/v1/incidents?limit=1`);
    return ((await answer.json()) as { counts: { open: number } }).counts.open;
  };
  await expect.poll(counted, { timeout: 60_000 }).toBe(kinds);
  await page.goto(`${fresh.url}/incidents`);
  const table = page.getByRole("table", { name: "Incidents" });
  await expect(table).toHaveAttribute("aria-rowcount", "-1");
  await expect(table).toContainText(`agent-${kinds - 1} fails`);
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 1_000_000);
        return table.getAttribute("aria-rowcount");
      },
      { timeout: 30_000 },
    )
    .toBe(String(kinds + 1));
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 1_000_000);
      return table.getByRole("link", { name: "agent-0 fails" }).count();
    })
    .toBe(1);
});

test("Settings say after how many good runs an incident resolves itself", async ({
  page,
  fresh,
}) => {
  await sendRun(fresh.url, supportRun("desk", { error: "no seat" }));
  expect((await incidentOf(fresh.url, "desk")).count).toBe(1);
  await page.goto(`${fresh.url}/settings?tab=incidents`);
  const form = page.getByRole("form", { name: "When incidents resolve themselves" });
  await expect(form).toContainText("Now an incident resolves itself after 5 good runs");
  await expectAccessible(page);
  const runs = form.getByLabel("Good runs until it resolves itself");
  await runs.fill("0");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toContainText("Now incidents stay open until somebody resolves them.");
  await runs.fill("1");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toContainText("Now an incident resolves itself after 1 good run ");
  await sendRun(fresh.url, { ...supportRun("desk"), start: Date.now() });
  await page.goto(`${fresh.url}/incidents?status=resolved`);
  await expect(
    page.getByRole("table", { name: "Incidents" }).getByRole("link", { name: /^desk fails/ }),
  ).toBeVisible();
});
