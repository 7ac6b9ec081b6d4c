/**
 * Pictures of every page, light and dark, wide and narrow, with much data, with none and with an error:
 * `npm run shots` writes test-results/shots/<page>-<width>-<theme>.png, and those of the README, which are of
 * `vedette demo` alone, to docs/pictures; `npm run shots -- -g full` only one kind, PAGES=runs,costs only some.
 */
import { expect, test, type Page } from "@playwright/test";
import { BARE_PAGES, fullPages, shows, type PageState } from "./everyPage";
import { startDemo, startServer, type Server } from "./server";
import { startShown, type Shown } from "./shownData";

const OUT = "test-results/shots";
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

let full: Shown;
let bare: Server;
let pages: Record<string, PageState>;
test.beforeAll(async () => {
  [full, bare] = await Promise.all([startShown(), startServer()]);
  pages = await fullPages(full);
});
test.afterAll(() => Promise.all([full.stop(), bare.stop()]));

/** Code that came late has drawn what it has to, fonts are there, and nothing moves any more. */
async function settled(page: Page) {
  await page.waitForLoadState("load");
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    await document.fonts.ready;
    // Two frames in a row in which nothing is drawn anew and nothing moves.
    let drawn = "";
    for (let frames = 0, still = 0; still < 2 && frames < 600; frames += 1) {
      await frame();
      const moving = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
      await Promise.allSettled(moving.map(({ finished }) => finished));
      const now = document.body.innerHTML;
      still = now === drawn ? still + 1 : 0;
      drawn = now;
    }
  });
}

async function take(page: Page, name: string, url: string, state: PageState) {
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await shows(page, url, state);
      await settled(page);
      const path = `${OUT}/${name}-${size.width}-${colorScheme}.png`;
      // Of a long list its beginning: what is below is drawn when one gets there.
      const height = Math.min(2_400, await page.evaluate(() => document.body.scrollHeight));
      const clip = { x: 0, y: 0, width: size.width, height };
      await page.screenshot({ path, fullPage: true, clip });
    }
  }
}

const only = process.env.PAGES?.split(",");
const chosen = (from: Record<string, PageState>) =>
  Object.entries(from).filter(([name]) => only?.includes(name) ?? true);

test("full", async ({ page }) => {
  test.setTimeout(0);
  for (const [name, state] of chosen(pages)) await take(page, name, full.url, state);
});

test("none", async ({ page }) => {
  test.setTimeout(0);
  for (const [name, state] of chosen(BARE_PAGES)) await take(page, `${name}-none`, bare.url, state);
});

test("error", async ({ page }) => {
  test.setTimeout(0);
  await page.route("**/api/v1/**", (route) => route.abort());
  for (const [name, state] of chosen(BARE_PAGES))
    await take(page, `${name}-error`, full.url, state);
});

/** What one sees without scrolling, small enough for a README. */
test("readme", async ({ page }) => {
  test.setTimeout(0);
  const demo = await startDemo();
  // Until what failed is seen.
  await expect
    .poll(async () => {
      const answer = await fetch(`${demo.url}/api/v1/incidents?limit=1`);
      return ((await answer.json()) as { counts: { open: number } }).counts.open;
    })
    .toBeGreaterThan(10);
  const runs = await fetch(`${demo.url}/api/v1/runs?limit=1&success=false&tool=calculate`);
  const [run] = ((await runs.json()) as { runs: { id: string }[] }).runs;
  const answer = await fetch(`${demo.url}/api/v1/runs/${run?.id}/spans`);
  const { spans } = (await answer.json()) as { spans: { id: string; kind: string }[] };
  const call = spans.filter(({ kind }) => kind === "llm")[4];
  await page.setViewportSize({ width: 1440, height: 900 });
  for (const [name, path] of [
    ["overview", "/?since=7d"],
    ["run", `/runs/${run?.id}?span=${call?.id}`],
    ["costs", "/costs?since=7d"],
  ] as const) {
    await shows(page, demo.url, { path });
    await settled(page);
    await page.screenshot({ path: `../docs/pictures/${name}.png` });
  }
  await demo.stop();
});
