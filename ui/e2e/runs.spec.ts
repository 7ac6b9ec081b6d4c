import { readFileSync } from "node:fs";
import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

/** A name of its own for each test, so that they share a server. */
const named = (word: string) => `${word}-${hex(4)}`;

test("lists runs with how they ended, newest first", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, { ...supportRun(agent, { success: true }), start: Date.now() - 120_000 });
  await sendRun(server, {
    ...supportRun(agent, { error: "429 too many requests" }),
    start: Date.now() - 60_000,
  });
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("1 of 2 runs failed.");
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("failed");
  await expect(rows.nth(1)).toContainText("429 too many requests");
  await expect(rows.nth(2)).toContainText("success");
  await expect(rows.nth(2)).toContainText("3,700→32");
  await expect(rows.nth(2)).toContainText("3.0 s");
  await expectAccessible(page);
});

test("narrows by a facet, keeps it in the address, and goes back", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { success: true }));
  await sendRun(server, supportRun(agent, { success: false }));
  await page.goto(`${server}/runs?agent=${agent}`);
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await page.getByRole("region", { name: "Did its job" }).getByRole("link", { name: "no" }).click();
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(
    new RegExp(`agent=${agent}&success=false|success=false&agent=${agent}`),
  );
  await page.getByRole("button", { name: "Remove filter Did its job: no" }).click();
  await expect(rows).toHaveCount(3);
  await page.goBack();
  await expect(rows).toHaveCount(2);
});

test("a version of an agent leads to its runs, and narrows the list", async ({ page, server }) => {
  const agent = named("desk");
  for (const version of ["v1", "v2", "v2"]) {
    const run = supportRun(agent, { success: true });
    const [root] = run.spans;
    if (root) root.attributes = { ...root.attributes, "vedette.version": version };
    await sendRun(server, run);
  }
  await page.goto(`${server}/agents/${agent}`);
  const versions = page.getByRole("table", { name: "Versions" });
  await versions.getByRole("link", { name: "v2" }).click();
  await expect(page).toHaveURL(/version=v2/);
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: "Remove filter Version: v2" }).click();
  await expect(rows).toHaveCount(4);
  await page
    .getByRole("region", { name: "Version", exact: true })
    .getByRole("link", { name: "v1" })
    .click();
  await expect(rows).toHaveCount(2);
});

test("searches by the keyboard and says when nothing matches", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/runs`);
  await expect(page.getByRole("table", { name: "Runs" })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type(agent);
  await expect(page).toHaveURL(new RegExp(`q=${agent}`));
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
  await page.getByRole("searchbox", { name: "Search runs" }).fill(named("nothing"));
  await expect(page.getByText("No run matches.", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(page).toHaveURL(`${server}/runs`);
  await expect(page.getByRole("searchbox", { name: "Search runs" })).toBeFocused();
  await expect(page.getByRole("link", { name: agent }).first()).toBeVisible();
});

test("a new run arrives by itself, and moves nothing under the pointer", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/runs?agent=${agent}`);
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await page.mouse.move(2, 2);
  await sendRun(server, supportRun(agent));
  await expect(rows).toHaveCount(3);
  await rows.nth(1).hover();
  await sendRun(server, supportRun(agent));
  const waiting = page.getByRole("button", { name: "1 new run" });
  await expect(waiting).toBeVisible();
  await expect(rows).toHaveCount(3);
  await waiting.click();
  await expect(rows).toHaveCount(4);
});

test("new runs wait in a place of their own, which stays in sight and covers no heading", async ({
  page,
  server,
}) => {
  const agent = named("many");
  for (let at = 0; at < 40; at += 1) {
    await sendRun(server, { ...supportRun(agent), start: Date.now() - (at + 1) * 60_000 });
  }
  await page.goto(`${server}/runs?agent=${agent}`);
  const heading = page.getByRole("columnheader", { name: "started" });
  const row = page.getByRole("table", { name: "Runs" }).getByRole("row").nth(3);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await row.hover();
  const place = await row.boundingBox();
  await sendRun(server, supportRun(agent));
  const waiting = page.getByRole("button", { name: "1 new run" });
  await expect(waiting).toBeVisible();
  expect(await row.boundingBox()).toEqual(place);
  const apart = async () => {
    const [pill, words] = [await waiting.boundingBox(), await heading.boundingBox()];
    return (words?.y ?? 0) - ((pill?.y ?? 0) + (pill?.height ?? 0));
  };
  expect(await apart()).toBeGreaterThan(0);
  await page.mouse.wheel(0, 500);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(300);
  await expect(waiting).toBeInViewport();
  await expect(heading).toBeInViewport();
  expect(await apart()).toBeGreaterThan(0);
  await page.keyboard.press("j");
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeLessThan(300);
  await expect(row).toBeInViewport();
});

test("what happens before the stream is open is told by it, and nothing is asked twice", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await page.route("**/traces/stream?after=*", async (route) => {
    await expect(rows).toHaveCount(2);
    await sendRun(server, supportRun(agent));
    await route.continue();
  });
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(rows).toHaveCount(3);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  expect(asked.filter((path) => path === "/api/v1/status")).toHaveLength(1);
  expect(asked.filter((path) => path === "/traces/stream")).toHaveLength(1);
});

test("an answer older than where the stream began is followed from where it stood", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  let wasSent = () => {};
  const sent = new Promise<void>((resolve) => (wasSent = resolve));
  const streamOpens = page.waitForRequest("**/traces/stream?*");
  await page.route("**/api/v1/**", async (route) => {
    if (new URL(route.request().url()).pathname !== "/api/v1/runs") await sent;
    await route.continue();
  });
  await page.route(
    "**/api/v1/runs?*",
    async (route) => {
      const early = await route.fetch();
      await sendRun(server, supportRun(agent));
      wasSent();
      await streamOpens;
      await route.fulfill({ response: early });
    },
    { times: 1 },
  );
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(3);
});

test("goes through the list by the keyboard alone", async ({ page, server }) => {
  const agent = named("desk");
  for (const seconds of [30, 20, 10]) {
    await sendRun(server, { ...supportRun(agent), start: Date.now() - seconds * 1000 });
  }
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(4);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("treegrid")).toBeVisible();
  const middle = page.url();
  await page.keyboard.press("]");
  await expect(page).not.toHaveURL(middle);
  await page.keyboard.press("[");
  await expect(page).toHaveURL(middle);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys on this page" })).toContainText(
    "Next failing span",
  );
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("table", { name: "Runs" })).toBeVisible();
});

test("fits a telephone, with the filters in a sheet", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { success: true }));
  await sendRun(server, supportRun(agent, { success: false }));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(page.getByRole("link", { name: agent }).first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Filter" });
  await sheet.getByRole("link", { name: "yes" }).click();
  await expect(page).toHaveURL(/success=true/);
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await expectAccessible(page);
});

test("says which part of a filter excludes all, and takes it away", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/runs?agent=${agent}&model=no-such-model&since=24h`);
  const why = page.getByRole("list", { name: "Why" });
  await expect(why).toContainText("No run at all matches Model no-such-model.");
  await expect(why).toContainText("Without Model no-such-model, 1 run would match.");
  await expectAccessible(page);
  await why.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
});

test("bounds cost from both sides", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/runs?agent=${agent}`);
  await page.getByLabel("Cheaper than").fill("0.0001");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("No run matches.", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Remove filter Cheaper than: $0.0001" }).click();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
});

test("exports what is listed: the columns shown, in its order", async ({ page, server }) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent, { success: true }));
  await sendRun(server, supportRun(agent, { success: false }));
  await page.goto(`${server}/runs?agent=${agent}`);
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(3);
  const exported = async (format: string) => {
    await page.getByRole("button", { name: "Export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: format }).click(),
    ]);
    return readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split(/\r?\n/);
  };
  const csv = await exported("CSV of the columns shown");
  expect(csv).toHaveLength(3);
  expect(csv[0]).toBe(
    "status,id,name,error,started_at,duration_ms,cost_usd,cost_source,agent,success,outcome,model_calls,tool_calls,input_tokens,output_tokens",
  );
  const lines = await exported("JSON lines, each run whole");
  expect(lines.map((line) => JSON.parse(line).agent)).toEqual([agent, agent]);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Calls" }).click();
  await page.keyboard.press("Escape");
  expect((await exported("CSV of the columns shown"))[0]).not.toContain("model_calls");
});

test("keeps its place on the way back and over a reload", async ({ page, server }) => {
  const agent = named("many");
  const start = Date.now() - 3_600_000;
  for (let at = 0; at < 150; at++) {
    await sendRun(server, {
      agent,
      start: start + at * 1000,
      spans: [{ kind: "agent", name: `run ${at}`, from: 0, to: 10 }],
    });
  }
  await page.goto(`${server}/runs?agent=${agent}`);
  const table = page.getByRole("table", { name: "Runs" });
  await expect(table).toContainText("run 149");
  await page.getByRole("link", { name: "run 140" }).scrollIntoViewIfNeeded();
  await expect(async () => {
    await page.mouse.wheel(0, 2_000);
    await expect(page.getByRole("link", { name: "run 10", exact: true })).toBeInViewport({
      timeout: 300,
    });
  }).toPass();
  const place = await page.evaluate(() => window.scrollY);
  await page.getByRole("link", { name: "run 10", exact: true }).click();
  await expect(page.getByRole("treegrid")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("link", { name: "run 10", exact: true })).toBeInViewport();
  expect(Math.abs((await page.evaluate(() => window.scrollY)) - place)).toBeLessThan(5);
  await page.reload();
  await expect(page.getByRole("link", { name: "run 10", exact: true })).toBeInViewport();
  expect(Math.abs((await page.evaluate(() => window.scrollY)) - place)).toBeLessThan(5);
});
