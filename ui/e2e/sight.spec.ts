/** What is chosen is in sight, and names are wide enough to be read. */
import { execFileSync } from "node:child_process";
import type { Page } from "@playwright/test";
import { hex, sendRun, supportRun, type SpanSent } from "./otlp";
import { BINARY } from "./server";
import { hostileRun, loopRun } from "./shapes";
import { expect, test } from "./test";

/** Sixty tools one after the other; the 46th fails with a reason of its own. */
function longRun(agent: string, failing: boolean) {
  const root = hex(8);
  const tools = Array.from({ length: 60 }, (_, at): SpanSent => ({
    parent: root,
    kind: "tool",
    name: `rank-${at}`,
    from: at * 100,
    to: at * 100 + 90,
    attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": `rank-${at}` },
    ...(failing && at === 45 ? { error: "disk is full" } : {}),
  }));
  const error = failing ? { error: "step failed" } : {};
  return {
    agent,
    spans: [{ id: root, kind: "agent", name: agent, from: 0, to: 6000, ...error }, ...tools],
  };
}

/** Between the head, which stays, and the lower end of what is scrolled. */
async function expectChosenInSight(page: Page, role: "treegrid" | "grid") {
  const isInSight = () =>
    page.getByRole(role).evaluate((table) => {
      const row = table.querySelector('[aria-selected="true"]')?.getBoundingClientRect();
      const head = table.querySelector("[role=row]")?.getBoundingClientRect();
      if (!row || !head) return false;
      return row.top >= head.bottom - 1 && row.bottom <= table.getBoundingClientRect().bottom + 1;
    });
  await expect.poll(isInSight).toBe(true);
}

// Each is many keys and looks.
test.setTimeout(120_000);

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1440, height: 700 },
];

for (const size of SIZES) {
  test(`the span chosen in a long run is in sight, ${size.width}×${size.height}`, async ({
    page,
    server,
  }) => {
    await page.setViewportSize(size);
    const trace = await sendRun(server, longRun(`ranker-${hex(4)}`, true));
    await page.goto(`${server}/runs/${trace}`);
    const chosen = page.getByRole("row", { selected: true });
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(
      "Failed after 6.0 s in rank-45: disk is full.",
    );
    // It comes later, and takes a line from the table.
    await expect(page.getByRole("list", { name: "Belongs to" })).toContainText("incident");
    await expect(chosen).toContainText("rank-45");
    await expectChosenInSight(page, "treegrid");
    for (let at = 46; at < 60; at += 1) {
      await page.keyboard.press("j");
      await expect(chosen).toContainText(`rank-${at}`);
      await expectChosenInSight(page, "treegrid");
    }
    for (let at = 58; at > 30; at -= 1) {
      await page.keyboard.press("k");
      await expect(chosen).toContainText(`rank-${at}`);
      await expectChosenInSight(page, "treegrid");
    }
    await page.reload();
    await expect(chosen).toContainText("rank-31");
    await expectChosenInSight(page, "treegrid");
  });
}

test("the step chosen of two compared runs is in sight", async ({ page, server }) => {
  const agent = `ranker-${hex(4)}`;
  const a = await sendRun(server, longRun(agent, true));
  const b = await sendRun(server, longRun(agent, false));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${server}/runs/${a}/compare/${b}?step=21`);
  const chosen = page.getByRole("row", { selected: true });
  await expect(chosen).toContainText("rank-19");
  for (let at = 20; at < 50; at += 1) {
    await page.keyboard.press("j");
    await expect(chosen).toContainText(`rank-${at}`);
    await expectChosenInSight(page, "grid");
  }
});

test("upwards in a list the row stays below its head", async ({ page, server }) => {
  const agent = `lister-${hex(4)}`;
  for (let at = 0; at < 40; at += 1) {
    await sendRun(server, { ...supportRun(agent), start: Date.now() - (at + 1) * 60_000 });
  }
  await page.setViewportSize({ width: 1280, height: 600 });
  await page.goto(`${server}/runs?agent=${agent}`);
  const table = page.getByRole("table", { name: "Runs" });
  const row = (at: number) => table.locator(`[data-at="${at}"]`);
  await expect(row(0)).toBeVisible();
  for (let at = 0; at < 35; at += 1) {
    await page.keyboard.press("j");
    await expect(row(at).getByRole("link").first()).toBeFocused();
  }
  const head = await table.getByRole("row").first().boundingBox();
  if (!head) throw new Error("the table has no head");
  for (let at = 33; at >= 5; at -= 1) {
    await page.keyboard.press("k");
    await expect(row(at).getByRole("link").first()).toBeFocused();
    await expect.poll(async () => (await row(at).boundingBox())?.y).toBeGreaterThanOrEqual(30);
  }
});

test("a name in the tree can be read beside its marks and however deep it is", async ({
  page,
  server,
}) => {
  const root = hex(8);
  const calls = Array.from({ length: 3 }, (_, at): SpanSent => ({
    parent: root,
    kind: "llm",
    name: "claude_code.llm_request",
    from: 10 + at * 10,
    to: 800,
    ...(at === 1 ? { error: "overloaded" } : {}),
    attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": `m-${at}` },
  }));
  const agent = `reader-${hex(4)}`;
  const marked = {
    agent,
    spans: [{ id: root, kind: "agent", name: agent, from: 0, to: 900 }, ...calls],
  };
  for (const run of [marked, loopRun(agent), hostileRun(agent)]) {
    const trace = await sendRun(server, run);
    for (const width of [1440, 1280, 900, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${server}/runs/${trace}`);
      await expect(page.getByRole("row", { selected: true })).toBeVisible();
      const tooNarrow = () =>
        page
          .getByRole("treegrid")
          .evaluate((table) =>
            [...table.querySelectorAll("bdi")]
              .filter(({ clientWidth, scrollWidth }) => clientWidth < Math.min(scrollWidth, 80))
              .map((name) => `${name.textContent}: ${name.clientWidth}`),
          );
      await expect.poll(tooNarrow, `${width} wide`).toEqual([]);
      // Where there is no room for marks they are left out, never drawn over the next cell.
      const outside = () =>
        page.getByRole("treegrid").evaluate((table) =>
          [...table.querySelectorAll("bdi")].flatMap((name) => {
            const cell = name.closest("[role=gridcell]");
            return cell && cell.scrollWidth > cell.clientWidth ? [name.textContent] : [];
          }),
        );
      await expect.poll(outside, `${width} wide`).toEqual([]);
    }
  }
});

test("a run of a Studio file is named as its document does, and misses no parent", async ({
  page,
  server,
}) => {
  execFileSync(BINARY, ["import", "../fixtures/studio/document.jsonl", "--server", server]);
  await page.goto(`${server}/runs?agent=main&since=all`);
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
  await expect(rows.nth(1)).toContainText(/run-174.*supervisor, 3 steps/);
  await expect(rows.nth(2)).toContainText(/run-173.*supervisor, 3 steps/);
  await rows.nth(1).getByRole("link").first().click();
  const belongs = page.getByRole("list", { name: "Belongs to" });
  await expect(belongs).toContainText("run-174");
  await expect(belongs).toContainText("supervisor");
  const tree = page.getByRole("treegrid");
  for (const step of ["classifier", "billing_agent", "formatter"]) {
    await expect(tree.getByRole("row", { name: step })).toBeVisible();
  }
  await expect(tree).not.toContainText("parent missing");
});
