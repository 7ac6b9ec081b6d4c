/** What holds of every page, whatever it shows: a checker and an eye can read it, it fits, and is walked by keys. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { BARE_PAGES, fullPages, shows, type PageState } from "./everyPage";
import { startShown, type Shown } from "./shownData";
import { accessibilityFaults, expect, test } from "./test";
import { textFaults } from "./textFaults";

let full: Shown;
let pages: [string, PageState][];
test.beforeAll(async () => {
  test.setTimeout(180_000);
  full = await startShown();
  pages = Object.entries(await fullPages(full));
});
test.afterAll(() => full.stop());

test("no route is left out of these", () => {
  const source = readFileSync(new URL("../src/app/routes.tsx", import.meta.url), "utf8");
  const routes = [...source.matchAll(/ path: "([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(routes.length).toBeGreaterThan(20);
  const paths = pages.map(([, { path }]) => path.replace(/\?.*/, ""));
  for (const route of routes) {
    const pattern = new RegExp(`^/?${route.replaceAll(/\$\w*/g, "[^/]+")}$`);
    expect(
      paths.some((path) => pattern.test(path)),
      route,
    ).toBe(true);
  }
});

/** Whether it fits, and all in it can be read. */
async function windowFaults(page: Page, width: number): Promise<string[]> {
  await page.setViewportSize({ width, height: 800 });
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  // What measures itself does so after the window changed.
  await expect
    .poll(wide, { timeout: 2_000 })
    .toBeLessThanOrEqual(width)
    .catch(() => {});
  let faults: string[] = [];
  await expect
    .poll(async () => (faults = await textFaults(page)), { timeout: 2_000 })
    .toEqual([])
    .catch(() => {});
  return [
    ...((await wide()) > width ? [`${await wide()} wide in a window of ${width}`] : []),
    ...faults.map((fault) => `${fault} in a window of ${width}`),
  ];
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page is accessible and fits its window, ${colorScheme}`, async ({ page, fresh }) => {
    test.setTimeout(400_000);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const faults: Record<string, string[]> = {};
    const look = async (name: string, url: string, state: PageState) => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await shows(page, url, state);
      const found = [
        ...(await accessibilityFaults(page)),
        ...(await windowFaults(page, 1440)),
        // Windows at 200 % zoom, with the menu beside the page and above it, and a telephone.
        ...(await windowFaults(page, 720)),
        ...(await windowFaults(page, 640)),
        ...(await windowFaults(page, 390)),
        ...(await accessibilityFaults(page)),
      ];
      if (found.length > 0) faults[name] = found;
    };
    for (const [name, state] of pages) await look(name, full.url, state);
    for (const [name, state] of Object.entries(BARE_PAGES)) {
      await look(`${name} of an empty server`, fresh.url, state);
    }
    expect(faults).toEqual({});
  });
}

declare global {
  interface Window {
    /** What the keyboard should come by, and what it came by. */
    walk: { stops: Element[]; seen: Set<Element>; unmarked: Set<Element> };
  }
}

test("the keyboard alone reaches everything on every page, and one sees where it is", async ({
  page,
}) => {
  test.setTimeout(400_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 1280, height: 800 });
  const faults: Record<string, string[]> = {};
  for (const [name, state] of pages) {
    await shows(page, full.url, state);
    const count = await page.evaluate(() => {
      const within = document.querySelector("[role=dialog]") ?? document;
      const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
      const passed = ":disabled, [aria-hidden=true]";
      const found = [...within.querySelectorAll<HTMLElement>(controls)].filter(
        (each) => each.tabIndex >= 0 && !each.matches(passed) && each.checkVisibility(),
      );
      // Of a long list its beginning.
      const stops = found.slice(0, 120);
      window.walk = { stops, seen: new Set(), unmarked: new Set() };
      document.addEventListener("focusin", ({ target }) => {
        if (!(target instanceof Element)) return;
        window.walk.seen.add(target);
        // The frame of a search field is around it, the one of a chart's bar a stroke in it.
        const drawn = [target, target.parentElement, target.querySelector("rect")];
        const isMarked = drawn.some((each) => {
          if (!each) return false;
          const { outlineStyle, stroke } = getComputedStyle(each);
          return outlineStyle !== "none" || (each.matches("rect") && stroke !== "none");
        });
        if (!isMarked) window.walk.unmarked.add(target);
      });
      return stops.length;
    });
    // A date has several stops of its own, and a chart may come late.
    const pressesMax = 2 * count + 20;
    const isDone = () =>
      page.evaluate(() => window.walk.stops.every((each) => window.walk.seen.has(each)));
    for (let presses = 0; presses < pressesMax; presses += 1) {
      await page.keyboard.press("Tab");
      if (presses >= count - 1 && (await isDone())) break;
    }
    const found = await page.evaluate(() => {
      const { stops, seen, unmarked } = window.walk;
      const told = (what: string, each: Element) => `${what}: ${each.outerHTML.slice(0, 160)}`;
      return [
        ...stops
          .filter((each) => !seen.has(each) && each.isConnected)
          .map((each) => told("not reached", each)),
        ...stops.filter((each) => unmarked.has(each)).map((each) => told("not marked", each)),
      ];
    });
    if (found.length > 0) faults[name] = found;
  }
  expect(faults).toEqual({});
});
