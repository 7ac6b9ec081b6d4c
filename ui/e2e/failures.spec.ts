/** Every page while something is wrong: it says what, offers a way on, and keeps what it has. */
import type { Browser, Page, Route } from "@playwright/test";
import { fullPages, shows, type PageState } from "./everyPage";
import { hex, sendRun, supportRun } from "./otlp";
import { startShown, type Shown } from "./shownData";
import { accessibilityFaults, expect, test } from "./test";

test.use({ refusals: /status of|ERR_|Failed to (fetch|load)|did not answer|MIME type/ });

/** One of each route that asks the server for something as it opens, and each tab that asks for its own. */
const ASKING = [
  "overview",
  "agents",
  "agent",
  "compare",
  "runs",
  "run-failed",
  "compare-runs",
  "sessions",
  "session",
  "costs",
  "incidents",
  "incident",
  "alerts",
  "alert",
  "checks",
  "heartbeats",
  "heartbeat",
  "sql",
  "settings",
  "settings-keys",
  "settings-channels",
  "settings-incidents",
  "settings-prices",
];

/** Where a state takes seconds to come about: one of each kind of page. */
const SOME = new Set([
  "overview",
  "runs",
  "run-failed",
  "session",
  "costs",
  "incident",
  "alerts",
  "settings-keys",
]);

let full: Shown;
let pages: [string, PageState][];
test.beforeAll(async () => {
  test.setTimeout(180_000);
  full = await startShown();
  const all = await fullPages(full);
  pages = ASKING.map((name) => [name, all[name]!]);
});
test.afterAll(() => full.stop());

const ASKED = "**/api/v1/**";
const refusal = (status: number, error: string, message: string) => (route: Route) =>
  route.fulfill({ status, json: { error, message, field: null } });

const REFUSALS = [
  {
    state: "the server fails",
    answer: refusal(500, "internal", "the segment 7 is damaged"),
    says: ["The server could not answer.", "the segment 7 is damaged"],
    passes: true,
  },
  {
    state: "the server is asked too much",
    answer: refusal(429, "quota_exceeded", "too many requests of this key"),
    says: ["The server is asked too much at once.", "too many requests of this key"],
    passes: true,
    // It is asked three times before it is said.
    of: SOME,
  },
  {
    state: "the key may not",
    answer: refusal(403, "scope_violation", "this needs a key of the scope admin"),
    says: ["Your key may not see this.", "vedette keys create --scope admin"],
    passes: false,
  },
];

for (const { state, answer, says, passes, of } of REFUSALS) {
  test(`when ${state}, a page says so and what to do`, async ({ page }) => {
    test.setTimeout(300_000);
    const faults: Record<string, string[]> = {};
    for (const [name, { path }] of pages.filter(([each]) => of?.has(each) ?? true)) {
      await page.route(ASKED, answer);
      await page.goto(full.url + path);
      const problem = page.getByRole("alert").first();
      for (const words of says) await expect(problem, name).toContainText(words);
      await expect(page.getByRole("status", { name: /^Loading/ }), name).toHaveCount(0);
      await expect(page.getByRole("navigation", { name: "Pages" }), name).toBeVisible();
      const again = problem.getByRole("button", { name: "Try again" });
      await expect(again, name).toHaveCount(passes ? 1 : 0);
      const found = await accessibilityFaults(page);
      await page.setViewportSize({ width: 390, height: 844 });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 390) found.push(`${width} wide`);
      await page.setViewportSize({ width: 1280, height: 800 });
      if (found.length > 0) faults[name] = found;
      await page.unroute(ASKED);
      if (!passes) continue;
      await again.focus();
      await page.keyboard.press("Enter");
      await expect(page.getByRole("main"), name).toBeFocused();
      // A part that failed beside it is asked for again beside it.
      await expect(async () => {
        for (const each of await page.getByRole("button", { name: "Try again" }).all()) {
          await each.click({ timeout: 1_000 });
        }
        await expect(page.getByRole("alert")).toHaveCount(0, { timeout: 1_000 });
      }, name).toPass();
      await expect(page.getByRole("heading", { level: 1 }).first(), name).toBeVisible();
    }
    expect(faults).toEqual({});
  });
}

test("while the server takes its time, every page says what it waits for", async ({ page }) => {
  test.setTimeout(200_000);
  for (const [name, { path }] of pages) {
    let go = () => {};
    const mayGo = new Promise<void>((resolve) => (go = resolve));
    await page.route(ASKED, async (route) => {
      await mayGo;
      await route.continue().catch(() => {});
    });
    await page.goto(full.url + path, { waitUntil: "commit" });
    const loading = page.getByRole("status", { name: /^Loading/ });
    await expect(loading.first(), name).toBeVisible();
    await expect(page.getByRole("alert"), name).toHaveCount(0);
    go();
    await expect(loading, name).toHaveCount(0);
    await page.unroute(ASKED, undefined);
  }
});

test("what is not there is named, and the way to what is", async ({ page }) => {
  const run = new URL(full.url + pages.find(([name]) => name === "run-failed")![1].path).pathname;
  const none = "0".repeat(32);
  for (const [path, says, link] of [
    [`/runs/${none}`, "There is no such run.", "All runs"],
    [`${run}/compare/${none}`, "There is no such run.", "All runs"],
    [`${run}?span=0000000000000000`, "names a span that this run does not have", null],
    ["/sessions/none", "There is no such session.", "All sessions"],
    ["/incidents/inc_none", "There is no such incident.", "All incidents"],
    ["/alerts/none", "There is no such rule.", "All rules"],
    ["/agents/nobody", "There is no such agent.", "All agents"],
    ["/heartbeats/nobody", "Nothing is expected of nobody.", null],
    ["/no-such-page", "There is no such page.", "To the runs"],
  ] as const) {
    await page.goto(full.url + path);
    const main = page.getByRole("main");
    await expect(main, path).toContainText(says);
    if (link) await expect(main.getByRole("link", { name: link }), path).toBeVisible();
    await expect(page.getByRole("status", { name: /^Loading/ }), path).toHaveCount(0);
  }
});

/** Pages side by side, each with connections of its own: of one another's a browser allows six. */
async function inTabs(
  browser: Browser,
  faults: string[],
  open: (page: Page, path: string, name: string) => Promise<void>,
): Promise<[string, Page][]> {
  const opened: [string, Page][] = [];
  for (const [name, { path }] of pages.filter(([each]) => SOME.has(each))) {
    const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
    await open(page, path, name);
    opened.push([name, page]);
  }
  return opened;
}

test("a page that is open keeps what it shows while the server is away, says from when it is, and goes on", async ({
  browser,
}) => {
  test.setTimeout(400_000);
  const faults: string[] = [];
  const heads = new Map<string, string>();
  const tabs = await inTabs(browser, faults, async (page, path, name) => {
    await shows(page, full.url, { path });
    heads.set(name, await page.getByRole("heading", { level: 1 }).first().innerText());
  });
  await full.kill();
  for (const [name, page] of tabs) {
    await expect(page.getByText("The server is not connected."), name).toBeVisible();
  }
  // What stands before the server answers that it is away: whatever is shown is asked for again.
  for (const [, page] of tabs) await page.route("**", (route) => route.fulfill({ status: 502 }));
  for (const [name, page] of tabs) {
    const outdated = page.getByText(/Some of what you see is from/);
    await expect(outdated, name).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole("heading", { level: 1 }).first(), name).toHaveText(
      heads.get(name)!,
    );
    await expect(page.getByText("The server could not answer.", { exact: true }), name).toHaveCount(
      0,
    );
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${name}: ${fault}`));
  }
  for (const [, page] of tabs) await page.unroute("**");
  await full.restart();
  for (const [name, page] of tabs) {
    await expect(page.getByText(/Some of what you see is from|not connected/), name).toHaveCount(
      0,
      { timeout: 60_000 },
    );
    await expect(page.getByRole("alert"), name).toHaveCount(0);
    await page.context().close();
  }
  expect(faults).toEqual([]);
});

test("a form keeps what was typed while the server is away, and can be sent once it is back", async ({
  page,
  fresh: server,
}) => {
  await page.goto(`${server.url}/alerts?new=yes`);
  const form = page.getByRole("form", { name: "Rule" });
  await form.getByLabel("Name").fill("too slow");
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  // The browser takes itself to be without a network, which says nothing of a server on this machine.
  await page.context().setOffline(true);
  const save = form.getByRole("button", { name: "Make the rule" });
  await save.click();
  await expect(form.getByRole("alert")).toContainText("did not answer");
  await expect(save).toBeEnabled();
  await page.context().setOffline(false);
  await server.kill();
  await expect(page.getByText("The server is not connected.")).toBeVisible();
  await page.route("**", (route) => route.fulfill({ status: 502 }));
  await expect(page.getByText(/Some of what you see is from/)).toBeVisible();
  await expect(form.getByLabel("Name")).toHaveValue("too slow");
  await page.unroute("**");
  await server.restart();
  await expect(page.getByText(/Some of what you see is from/)).toHaveCount(0, { timeout: 20_000 });
  await save.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("too slow");
});

test("a key that is revoked leads from an open page to the login, and back to it", async ({
  browser,
  fresh: server,
}) => {
  test.setTimeout(400_000);
  server.command("accounts", "create", "acme");
  const made = JSON.parse(server.command("keys", "create", "--json", "--account", "acme")) as {
    id: string;
    secret: string;
  };
  const faults: string[] = [];
  const tabs = await inTabs(browser, faults, async (page, path) => {
    const login = await page.request.post(`${server.url}/api/v1/login`, {
      data: { key: made.secret },
    });
    expect(login.ok()).toBe(true);
    await page.goto(server.url + path);
    await page.locator("h1, [role=alert]").first().waitFor();
  });
  server.command("keys", "revoke", made.id, "--account", "acme");
  for (const [name, page] of tabs) {
    await expect(page.getByRole("heading", { level: 1 }), name).toHaveText("Log in with a key", {
      timeout: 60_000,
    });
    const next = new URL(page.url()).searchParams.get("next");
    expect(next?.replace(/[?].*/, ""), name).toBe(
      decodeURI(pages.find(([each]) => each === name)![1].path.replace(/[?].*/, "")),
    );
    await page.context().close();
  }
  expect(faults).toEqual([]);
});

/** A question of a part alone: the page, what is asked for, and the part that says so, if it is not the page. */
const PARTS: [path: string, asked: RegExp, part: string | null][] = [
  ["/", /\/v1\/incidents\?/, "Open incidents"],
  ["/", /\/v1\/runs\?.*status=running/, "Running now"],
  ["/agents/desk", /\/v1\/incidents\?/, "Open incidents"],
  ["/agents/desk", /\/v1\/heartbeats/, "Heartbeat"],
  ["/agents/desk", /\/v1\/.*facets/, "Models"],
  ["/", /\/v1\/costs\?.*by=model/, "Cost by model"],
  ["/costs", /\/v1\/costs\?.*by=day/, "Daily spend"],
  ["/costs?by=customer", /\/v1\/costs\?.*by=customer/, "By customer"],
  ["/costs", /\/v1\/stats/, null],
];

test("a part that fails alone says so in its place, and is asked for again by itself", async ({
  page,
}) => {
  test.setTimeout(120_000);
  for (const [path, asked, title] of PARTS) {
    await page.route(asked, refusal(500, "internal", "the segment 7 is damaged"));
    await page.goto(full.url + path);
    const part = title ? page.getByRole("region", { name: title }) : page.getByRole("main");
    const says = part.getByRole("alert");
    await expect(says, `${path} ${title}`).toContainText(/the segment 7 is damaged/i);
    await expect(page.getByRole("heading", { level: 1 }), path).not.toContainText("could not");
    const again = says.getByRole("button", { name: "Try again" });
    await expect(again, `${path} ${title}`).toBeVisible();
    await page.unroute(asked);
    // What is live may have asked by itself just then.
    await expect(async () => {
      if ((await again.count()) > 0) await again.click({ timeout: 1_000 });
      await expect(says).toHaveCount(0, { timeout: 1_000 });
    }, `${path} ${title}`).toPass();
  }
});

test("the pages after the first of a list fail by themselves", async ({ page, fresh: server }) => {
  const agent = `desk-${hex(4)}`;
  for (let at = 0; at < 120; at += 1) await sendRun(server.url, supportRun(agent));
  await page.route(/\/v1\/runs\?.*cursor=/, refusal(500, "internal", "the segment 7 is damaged"));
  await page.goto(`${server.url}/runs`);
  const rows = page.getByRole("table", { name: "Runs" });
  await expect(rows).toBeVisible();
  await page.keyboard.press("End");
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  const says = page.getByRole("alert");
  await expect(says).toContainText("Older ones are not here: the segment 7 is damaged");
  await expect(rows).toBeVisible();
  await page.unroute(/\/v1\/runs\?.*cursor=/);
  await says.getByRole("button", { name: "Try again" }).click();
  await expect(says).toHaveCount(0);
});
