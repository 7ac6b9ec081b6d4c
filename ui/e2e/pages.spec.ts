import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

test("agents show their figures and lead to their runs", async ({ page, server }) => {
  const agent = named("desk");
  for (const success of [true, true, false]) await sendRun(server, supportRun(agent, { success }));
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/agents?q=${agent}`);
  const row = page
    .getByRole("table", { name: "Agents" })
    .getByRole("row", { name: new RegExp(agent) });
  await expect(row).toContainText("50.0 %");
  await expect(row).toContainText("2 did its job, 1 did not, 1 no signal");
  await expect(row).toContainText("3.0 s");
  await expect(row.getByRole("img", { name: `Runs of ${agent} over time` })).toBeVisible();
  await expectAccessible(page);
  await row.getByRole("link", { name: agent }).click();
  await expect(page).toHaveURL(new RegExp(`/agents/${agent}`));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^4 runs in the last 7 days, none failed; 50.0 % did their job/,
  );
});

test("the overview asks before its code is there, and each question once", async ({
  page,
  server,
}) => {
  await sendRun(server, supportRun(named("desk")));
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    // Moments differ by when it was asked.
    for (const moment of ["since", "until"]) searchParams.delete(moment);
    if (/^\/api\/|\/frame-/.test(pathname)) asked.push(`${pathname}?${searchParams.toString()}`);
  });
  let frameCame = () => {};
  const mayCome = new Promise<void>((resolve) => (frameCame = resolve));
  await page.route("**/assets/frame-*.js", async (route) => {
    await mayCome;
    await route.continue();
  });
  const answered = page.waitForResponse("**/api/v1/agents?*");
  await page.goto(server, { waitUntil: "commit" });
  await answered;
  frameCame();
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await expect(page.getByRole("group", { name: /^Runs over time/ })).toBeVisible();
  // Incidents may stand differently since, which the stream cannot tell.
  const once = asked.filter((question) => !question.startsWith("/api/v1/incidents"));
  expect(once.toSorted()).toEqual([...new Set(once)].toSorted());
  expect(once.some((question) => question.startsWith("/api/v1/costs?by=model"))).toBe(true);
});

test("uploads a file, names the lines refused, and leads to the runs", async ({ page, server }) => {
  const workflow = named("nightly");
  // Long before what else there is, which a list of all runs would show first.
  const line = (event: object) =>
    JSON.stringify({ workflow, timestamp: "2025-06-09T14:30:00.300Z", ...event });
  const lines = [
    line({ event_type: "llm_call", run_id: workflow, agent_name: "writer", model: "gpt-4o-mini" }),
    ...Array.from({ length: 1_240 }, () => ""),
    "this is not JSON",
  ];
  await page.goto(`${server}/traces`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bring traces from a file.");
  await expectAccessible(page);
  await page.getByLabel("Trace files").setInputFiles({
    name: "runs.jsonl",
    mimeType: "application/x-ndjson",
    buffer: Buffer.from(lines.join("\n")),
  });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "1 run from 1 file, 1 line refused.",
  );
  const number = page.getByRole("table", { name: "Lines refused" }).getByRole("cell").first();
  await expect(number).toHaveText("1,242");
  // On one line.
  expect((await number.boundingBox())!.height).toBeLessThan(32);
  await expectAccessible(page);
  // The same again, in a file that says more.
  const known = lines.slice(0, 1).join("\n");
  const more = known.replaceAll(workflow, `${workflow}-more`);
  for (const [name, text] of [
    ["again.jsonl", known],
    ["grown.jsonl", `${known}\n${more}`],
  ] as const) {
    await page
      .getByLabel("Trace files")
      .setInputFiles({ name, mimeType: "application/x-ndjson", buffer: Buffer.from(text) });
    await expect(page.getByRole("listitem").filter({ hasText: name })).toContainText("read");
  }
  const uploads = page.getByRole("list", { name: "Uploads" }).getByRole("listitem");
  await expect(uploads.nth(1)).toContainText("1 line read, 1 span, all here already, 1 run");
  await expect(uploads.nth(2)).toContainText("2 lines read, 2 spans, 1 new, 2 runs");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "3 runs from 2 files; 1 file was here already, 1 line refused.",
  );
  await uploads.nth(1).getByRole("link", { name: "See the runs" }).click();
  await expect(page).toHaveURL(/\/runs\?since=2025-06-09.*&until=2025-06-09/);
  await expect(page.getByRole("table", { name: "Runs" })).toContainText(workflow);
});

test("the theme follows the system until one is chosen, and is kept", async ({ page, server }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto(`${server}/agents`);
  expect(await background()).toBe("rgb(19, 19, 20)");
  await page.getByRole("button", { name: "Light" }).click();
  expect(await background()).toBe("rgb(251, 251, 250)");
  await page.reload();
  expect(await background()).toBe("rgb(251, 251, 250)");
});

test("both themes have the contrast to be read", async ({ page, server }) => {
  const trace = await sendRun(server, supportRun(named("desk"), { error: "429" }));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ["/runs", "/agents", "/traces", `/runs/${trace}`]) {
      await page.goto(server + path);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      await expectAccessible(page);
    }
  }
});

test("no page is wider than its window, on a laptop or at 200 % zoom", async ({ page, server }) => {
  const run = await sendRun(server, supportRun(named("desk")));
  for (const path of ["/", "/agents", "/runs", "/sessions", "/costs", `/runs/${run}`]) {
    await page.goto(server + path);
    await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    for (const width of [1280, 1000, 720]) {
      await page.setViewportSize({ width, height: 600 });
      await expect
        .poll(() => page.evaluate(() => document.documentElement.scrollWidth), {
          message: `${path} at ${width}`,
        })
        .toBe(width);
    }
  }
  // What has no room beside the spans stands below them.
  const box = async (name: string) =>
    (await page.getByRole("region", { name, exact: true }).boundingBox())!;
  expect((await box("Span")).y).toBeGreaterThan((await box("Spans")).y + 100);
});

test("the focus goes along to another page, and stays within one", async ({
  page,
  fresh: { url: server },
}) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  const main = page.getByRole("main");
  await page.goto(`${server}/`);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Runs" }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs$/);
  await expect(main).toBeFocused();
  const facet = page.getByRole("region", { name: "Agent" }).getByRole("link", { name: agent });
  await facet.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/agent=/);
  await expect(main).not.toBeFocused();
  await page
    .getByRole("table", { name: "Runs" })
    .getByRole("link", { name: agent })
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("treegrid")).toBeVisible();
  await expect(main).toBeFocused();
});

test("a page that does not exist is said so", async ({ page, server }) => {
  await page.goto(`${server}/nowhere/at-all`);
  await expect(page.getByRole("alert")).toContainText("There is no such page.");
});

test("the first page is not heavier than it may be", async ({ page, server }) => {
  await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs`);
  await expect(page.getByRole("table", { name: "Runs" })).toBeVisible();
  const bytes = await page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .map((entry) => entry as PerformanceResourceTiming)
      .filter(({ name }) => !new URL(name).pathname.startsWith("/api/"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(250_000);
});

test("the keys lead from every page to the search, from it to the rows, and up again", async ({
  page,
  server,
}) => {
  const agent = named("keyed");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/compare`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys on this page" });
  await expect(help).toContainText("Search the runs");
  // What this page has no rows for.
  await expect(help).not.toContainText("Next row");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("/");
  await expect(page).toHaveURL(/\/runs$/);
  const search = page.getByRole("searchbox", { name: "Search runs" });
  await expect(search).toBeFocused();
  await search.fill("something else");
  await page.keyboard.press("Escape");
  await expect(search).not.toBeFocused();
  await expect(search).toHaveValue("something else");
  await page.keyboard.press("/");
  await expect(search).toBeFocused();
  await page.keyboard.type(agent);
  await page.keyboard.press("Enter");
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1).getByRole("link").first()).toBeFocused();
  await page.keyboard.press("/");
  await page.keyboard.press("ArrowDown");
  await expect(search).not.toBeFocused();
  await page.keyboard.press("?");
  await expect(help).toContainText("Next row");
  await expect(help).not.toContainText("Search the runs");
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  for (const path of [`/agents/${agent}`, `/compare?a=${agent}&b=${agent}-2`]) {
    await page.goto(server + path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page).toHaveURL(/\/agents$/);
  }
});
