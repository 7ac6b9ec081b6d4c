/** The pages of figures: overview, one agent, two compared, costs. */
import { hex, sendRun, supportRun, withModel } from "./otlp";
import { startServer, type Server } from "./server";
import { expect, expectAccessible, test } from "./test";

const HOUR_MS = 3_600_000;
/** No name that would do harm as markup, or turn the line it stands in. */
const HOSTILE = `<img src=x onerror="alert(1)">\u202e${"x".repeat(300)}`;

// A server of its own, as these pages speak of all that there is.
let server: Server;
test.beforeAll(async () => {
  server = await startServer();
  for (let at = 0; at < 24; at += 1) {
    const start = Date.now() - (at % 12) * HOUR_MS - 60_000;
    const good = { ...supportRun("refund-desk", { success: at % 6 !== 0 }), start };
    await sendRun(server.url, good);
    await sendRun(server.url, {
      ...supportRun("triage", { success: at % 6 === 0, ...(at < 3 ? { error: "429" } : {}) }),
      start,
    });
  }
  await sendRun(server.url, withModel(supportRun("in-house", { success: true }), "in-house-7b"));
  // Now, so that the newest bar is the one that is not over.
  await sendRun(server.url, {
    ...supportRun(HOSTILE, { success: false, error: HOSTILE }),
    start: Date.now(),
  });
});
test.afterAll(() => server.stop());

test("the overview says whether all is well, and a figure leads to the runs behind it", async ({
  page,
}) => {
  await page.goto(server.url);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^triage: 20 of 24 runs did not do their job in the last 24 hours\. .*in trouble too/,
  );
  const figures = page.getByLabel("Figures of the range");
  await expect(figures).toContainText("50");
  await expect(figures).toContainText("0 before");
  await expect(page.getByRole("table", { name: "Cost by model" })).toContainText("gpt-4o-mini");
  const triage = page
    .getByRole("table", { name: "Failures by agent" })
    .getByRole("row", { name: /triage/ });
  await expect(triage).toContainText("16.7 %");
  await expect(page.getByText("Nothing is under way.")).toBeVisible();
  const incidents = page.getByRole("region", { name: "Open incidents" });
  await expect(incidents.getByRole("listitem").filter({ hasText: "triage" })).toContainText(
    "3 runs",
  );
  // A bar of the chart is a link to its runs, with its time and counts for a name.
  const chart = page.getByRole("group", { name: "Runs over time, failed ones in red" });
  const newest = chart.getByRole("link").last();
  await expect(newest).toHaveAccessibleName(/\(so far\): \d+ runs?, \d+ failed$/);
  await newest.click();
  await expect(page).toHaveURL(/\/runs\?since=.*&until=/);
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row").nth(1)).toBeVisible();
});

test("what is counted leads to the runs that were counted, of the same range", async ({ page }) => {
  // The list of runs shows all time unless it is told; each page of figures has a range of its own.
  const leads = async (path: string, link: string, where: RegExp) => {
    await page.goto(server.url + path);
    await expect(page.locator(link).first()).toHaveAttribute("href", where);
  };
  await leads("/", `a[href*="agent=triage&status=failed"]`, /since=24h/);
  await leads("/", `a[href*="/agents/triage"]`, /since=24h/);
  await leads("/?since=1h", `a[href*="/agents/triage"]`, /since=1h/);
  await leads("/agents", `a[href*="agent=triage&status=failed"]`, /since=7d/);
  await leads("/agents/triage", `a[href*="agent=triage&status=failed"]`, /since=7d/);
  await leads("/agents/triage", `a[href*="tool=find_order"]`, /since=7d/);
  await leads("/costs", `a[href*="/runs?"][href*="model=gpt-4o-mini"]`, /since=7d/);
});

test("figures stand in whole lines at every width", async ({ page }) => {
  for (const path of ["/", "/costs"]) {
    await page.goto(server.url + path);
    const tiles = page.locator("dl[aria-label$='of the range'] > div");
    await expect(tiles.first()).toBeVisible();
    for (const width of [1440, 1000, 768, 390]) {
      await page.setViewportSize({ width, height: 800 });
      // Tiles and the hairlines between them fill their frame.
      const left = await tiles.evaluateAll((all) => {
        const frame = all[0]?.parentElement?.getBoundingClientRect() ?? new DOMRect();
        const filled = all.reduce((sum, tile) => {
          const { width: w, height: h } = tile.getBoundingClientRect();
          return sum + (w + 1) * (h + 1);
        }, 0);
        return 1 - filled / (frame.width * frame.height);
      });
      expect(left, `${path} at ${width}`).toBeLessThan(0.05);
    }
  }
});

test("the arrows go from bar to bar, the tab key passes a chart in one step", async ({ page }) => {
  await page.goto(server.url);
  const links = page.getByRole("group", { name: /Runs over time/ }).getByRole("link");
  await expect(links.last()).toHaveAttribute("tabindex", "0");
  await links.last().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(links.nth((await links.count()) - 2)).toBeFocused();
});

test("the range is in the address, goes along, and may be two moments", async ({ page }) => {
  await page.goto(server.url);
  await page.getByRole("button", { name: "Range: Last 24 hours" }).click();
  await page.getByRole("menuitemradio", { name: "Last 7 days" }).click();
  await expect(page).toHaveURL(/\?since=7d$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("in the last 7 days");
  await page.getByRole("link", { name: "Costs", exact: true }).click();
  await expect(page).toHaveURL(/\/costs\?since=7d$/);
  await page.getByRole("button", { name: "Range: Last 7 days" }).click();
  await page.getByRole("menuitem", { name: "From … to …" }).click();
  const dialog = page.getByRole("dialog", { name: "From one moment to another" });
  await dialog.getByLabel("From").fill("2024-03-01T00:00");
  await dialog.getByLabel("To").fill("2024-03-02T00:00");
  await dialog.getByRole("button", { name: "Show this range" }).click();
  await expect(page).toHaveURL(/since=2024-0.*&until=2024-03/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Nothing ran between 1 Mar 00:00 and 2 Mar 00:00.",
  );
  await page.goBack();
  await expect(page).toHaveURL(/\/costs\?since=7d$/);
});

test("an agent shows its figures, over time, its outcomes, tools and worst runs", async ({
  page,
}) => {
  await page.goto(`${server.url}/agents/triage`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^3 of 24 runs failed in the last 7 days; 16\.7 % did their job, \$\d/,
  );
  for (const chart of [/^Runs over time/, /^Success rate/, /^Cost/, /^p95 duration/]) {
    await expect(page.getByRole("group", { name: chart })).toBeVisible();
  }
  await expect(page.getByRole("table", { name: "Tools" })).toContainText("find_order");
  await expect(page.getByRole("table", { name: "Models" })).toContainText("gpt-4o-mini");
  await expect(page.getByText("No run named its outcome.")).toBeVisible();
  const failed = page.getByRole("region", { name: "Last failed" }).getByRole("listitem");
  await expect(failed).toHaveCount(3);
  await failed.first().getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Failed after 3.0 s");
});

test("a chart without a value says why, and what to do", async ({ page, fresh }) => {
  await sendRun(fresh.url, supportRun("desk"));
  await page.goto(`${fresh.url}/agents/desk`);
  const panel = page.getByRole("region", { name: /^Success rate/ });
  await expect(panel).toContainText(
    "No run of this range said whether it did its job. run.set_outcome(True) does",
  );
  await expect(panel.getByRole("group")).toHaveCount(0);
  await expectAccessible(page);
  await panel.getByRole("link", { name: "check" }).click();
  await expect(page).toHaveURL(/\/checks$/);
});

test("j and k go through the rows of the overview and of an agent", async ({ page }) => {
  await page.goto(server.url);
  const rows = page.getByRole("table", { name: "Failures by agent" }).getByRole("row");
  await expect(rows.nth(2)).toBeVisible();
  await page.keyboard.press("j");
  await expect(rows.nth(1).getByRole("link").first()).toBeFocused();
  await page.keyboard.press("j");
  await expect(rows.nth(2).getByRole("link").first()).toBeFocused();
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await expect(rows.nth(1).getByRole("link", { name: "triage" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/agents\/triage/);
  const failed = page.getByRole("region", { name: "Last failed" }).getByRole("listitem");
  await expect(failed).toHaveCount(3);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys on this page" })).toContainText("Next row");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("j");
  await expect(failed.first().getByRole("link")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Failed after 3.0 s");
});

test("j and k go through the tables of costs, one after another", async ({ page }) => {
  await page.goto(`${server.url}/costs`);
  const models = page.getByRole("table", { name: "Cost by model" }).getByRole("link");
  const days = page.getByRole("table", { name: "Daily spend" }).getByRole("link");
  await expect(models.first()).toBeVisible();
  await expect(days.first()).toBeVisible();
  for (let row = 0; row < (await models.count()); row++) {
    await page.keyboard.press("j");
    await expect(models.nth(row)).toBeFocused();
  }
  await page.keyboard.press("j");
  await expect(days.first()).toBeFocused();
  await page.keyboard.press("k");
  await expect(models.last()).toBeFocused();
});

test("on a telephone the figures of agents stand below one another", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server.url}/agents`);
  const cards = page.getByRole("table", { name: "Agents" }).getByRole("cell");
  await expect(cards.first()).toContainText(/24 runs\$0\.\d+p95 3\.0 s/);
  const ends = async (text: RegExp) => {
    const found = page.getByRole("table", { name: "Agents" }).getByText(text);
    const boxes = await Promise.all((await found.all()).map((each) => each.boundingBox()));
    return boxes.map((box) => Math.round((box?.x ?? 0) + (box?.width ?? 0)));
  };
  for (const text of [/^\$0\.\d+$/, /^p95 /]) {
    const found = await ends(text);
    expect(found.length).toBeGreaterThan(2);
    expect(new Set(found).size, `${text}: ${found.join(", ")}`).toBe(1);
  }
});

test("a comparison claims what is more than noise, and nothing else", async ({ page }) => {
  await page.goto(`${server.url}/agents`);
  const top = async () => (await page.getByRole("table", { name: "Agents" }).boundingBox())?.y;
  const before = await top();
  await page.getByRole("checkbox", { name: "Compare triage" }).check();
  await expect(page.getByRole("status").filter({ hasText: "Pick one more" })).toBeVisible();
  // Nothing moves under the pointer that picks the next.
  expect(await top()).toBe(before);
  await page.getByRole("checkbox", { name: "Compare refund-desk" }).check();
  await page.getByRole("link", { name: "Compare triage and refund-desk" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "refund-desk does its job more often than triage. The rest may be noise.",
  );
  const rows = page.getByRole("table", { name: "Differences" }).getByRole("row");
  await expect(rows.nth(1)).toContainText("16.7 %");
  await expect(rows.nth(1)).toContainText("24 runs");
  await expect(rows.nth(1)).toContainText("+66.7 points");
  await expect(rows.nth(1)).toContainText("Yes, B is better.");
  await expect(rows.nth(2)).toContainText("It may be noise.");
  await expectAccessible(page);
  const chart = page.getByRole("region", { name: "Duration of runs" }).getByRole("figure");
  const bar = chart.getByRole("link", { name: /^triage, / }).last();
  await bar.hover();
  await expect(chart.locator("p")).toHaveText((await bar.getAttribute("aria-label")) ?? "");
  // The words of the axes stay within the chart.
  const outside = await chart
    .locator("svg")
    .first()
    .evaluate((svg) => {
      const { left, right } = svg.getBoundingClientRect();
      const places = [...svg.querySelectorAll("text")].map((text) => text.getBoundingClientRect());
      return places.filter((place) => place.left < left || place.right > right).length;
    });
  expect(outside).toBe(0);
  await bar.click();
  await expect(page).toHaveURL(/agent=triage.*min_duration_ms=/);
  await expect(
    page
      .getByRole("table", { name: "Runs" })
      .getByRole("row", { name: /triage/ })
      .first(),
  ).toBeVisible();
  await page.goBack();
  await page.getByLabel("Agent B").selectOption("in-house");
  await expect(rows.nth(2)).toContainText("Cannot tell");
  await page.getByLabel("Agent B").selectOption("triage");
  await expect(page.getByText("An agent is the same as itself")).toBeVisible();
  await page.getByLabel("B in").selectOption("the range before it");
  await expect(page).toHaveURL(/b_range=before/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "There are too few runs to compare triage with triage before.",
  );
});

test("costs add up, and what is unpriced has its remedy beside it", async ({ page }) => {
  await page.goto(`${server.url}/costs`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^\$0\.\d+ in the last 7 days, all of it for gpt-4o-mini.*; 2 calls of 1 model have no known price\.$/,
  );
  await expect(page.getByRole("list", { name: "Where the cost comes from" })).toHaveText(
    /^ ?\$0\.\d+ computed from the price list$/,
  );
  await expect(page.getByRole("table", { name: "Daily spend" })).toContainText("so far");
  await page.getByRole("button", { name: "Group by: By agent" }).click();
  await page.getByRole("menuitemradio", { name: "By workflow" }).click();
  await expect(page).toHaveURL(/by=workflow/);
  await expect(page.getByText("No run in this range has its workflow named.")).toBeVisible();
  await page.getByRole("link", { name: "Set a price for in-house-7b" }).click();
  await expect(page.getByLabel("Model, as calls name it")).toHaveValue("in-house-7b");
});

test("hostile names stay text and within their places, on every page of figures", async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const agent = encodeURIComponent(HOSTILE);
  for (const path of [
    "/",
    "/agents",
    `/agents/${agent}`,
    "/costs",
    `/compare?a=${agent}&b=triage`,
    `/sql?q=${encodeURIComponent("SELECT agent, count(*) AS runs FROM runs GROUP BY agent")}`,
  ]) {
    await page.goto(server.url + path);
    await expect(page.getByText(/<img src=x onerror/).first()).toBeAttached();
    await expect(page.locator("img")).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(390);
  }
});

test("nothing serious is found on any page of figures, in either theme", async ({ page }) => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ["/", "/agents", "/agents/triage", "/costs", `/${hex(4)}`]) {
      await page.goto(server.url + path);
      await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
      await expect(page.getByLabel(/^Loading/)).toHaveCount(0);
      await expectAccessible(page);
    }
  }
});

test.describe("in trouble", () => {
  test.use({ refusals: /status of 500/ });
  test("a server that does not answer is said so, and asked again", async ({ page }) => {
    for (const path of ["/", "/agents/triage", "/costs"]) {
      await page.goto(`${server.url}/traces`);
      await page.route("**/api/v1/**", (route) => route.fulfill({ status: 500, json: {} }));
      await page.goto(server.url + path);
      await expect(page.getByRole("alert")).toContainText("The server could not answer.");
      await page.unroute("**/api/v1/**");
      await page.getByRole("button", { name: "Try again" }).click();
      await expect(page.getByRole("alert")).toHaveCount(0);
    }
  });
});

test("costs of runs that are older than a week are those of their own week, in every table", async ({
  page,
  fresh,
}) => {
  const day = 24 * HOUR_MS;
  const newest = Date.now() - 30 * day + 0.5;
  const model = "old-model";
  await sendRun(fresh.url, withModel({ ...supportRun("archive"), start: newest }, "gpt-4o-mini"));
  await sendRun(fresh.url, { ...supportRun("archive"), start: newest - 6 * day });
  await sendRun(fresh.url, withModel({ ...supportRun("before"), start: newest - 9 * day }, model));
  await page.goto(`${fresh.url}/costs`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^\$0\.\d+ in the 7 days that end with the newest run, \d+ \w+( \d{4})? \d\d:\d\d, \S+ %? ?of it for gpt-4o-mini\.$/,
  );
  const tiles = page.getByLabel("Costs of the range");
  await expect(tiles).toContainText("over 2 runs");
  await expect(page.getByRole("table", { name: "Daily spend" }).getByRole("row")).toHaveCount(8);
  const agents = page.getByRole("table", { name: "Cost by agent" });
  await expect(agents.getByRole("row")).toHaveCount(2);
  await agents.getByRole("link", { name: "archive" }).click();
  await expect(page).toHaveURL(/since=.*until=/);
  // What is asked for is answered as asked, with a way on.
  await page.goto(`${fresh.url}/costs?since=24h`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Nothing ran in the last 24 hours.",
  );
  await page.getByRole("button", { name: "Look in all time" }).click();
  await expect(agents.getByRole("row")).toHaveCount(3);
});

test("a list that shows a part says of how many, and offers all", async ({ page, fresh }) => {
  const root = hex(8);
  const step = (kind: string, name: string, attributes: Record<string, string | number>) => ({
    parent: root,
    kind,
    name,
    from: 10,
    to: 20,
    attributes,
  });
  await sendRun(fresh.url, {
    agent: "many",
    spans: [
      { id: root, kind: "agent", name: "many", from: 0, to: 100 },
      ...Array.from({ length: 14 }, (_, at) =>
        step("tool", `tool-${at}`, { "gen_ai.tool.name": `tool-${at}` }),
      ),
      ...Array.from({ length: 8 }, (_, at) =>
        step("llm", `chat ${at}`, {
          "gen_ai.request.model": `model-${at}`,
          "vedette.cost_usd": (at + 1) / 1000,
        }),
      ),
    ],
  });
  for (let at = 0; at < 9; at += 1) await sendRun(fresh.url, supportRun(`agent-${at}`));
  await page.goto(fresh.url);
  await expect(page.getByRole("link", { name: "8 of 10: all agents" })).toBeVisible();
  await expect(page.getByRole("link", { name: /^6 of (8|9|10): all costs$/ })).toBeVisible();
  await page.goto(`${fresh.url}/agents/many`);
  const tools = page.getByRole("region", { name: "Tools" });
  await expect(tools.getByRole("row")).toHaveCount(13);
  await tools.getByRole("button", { name: "show all 14" }).click();
  await expect(tools.getByRole("row")).toHaveCount(15);
  await expect(tools.getByRole("button", { name: /show all/ })).toHaveCount(0);
});
