import type { Page } from "@playwright/test";
import { sendRun, supportRun } from "./otlp";
import { expect, test } from "./test";

/** Lets the answers through, but not the code that draws pages until it is told to. */
async function holdFrame(page: Page): Promise<() => void> {
  let come = () => {};
  const mayCome = new Promise<void>((resolve) => (come = resolve));
  await page.route("**/assets/frame-*.js", async (route) => {
    await mayCome;
    await route.continue();
  });
  return () => come();
}

const heading = (page: Page) =>
  page.getByRole("main").evaluate((main) => {
    const { x, y, width, height } = main.querySelector("h1")!.getBoundingClientRect();
    const crumb = main.querySelector("div > span")!.getBoundingClientRect();
    return {
      html: main.querySelector("h1")!.outerHTML,
      box: [x, y, width, height],
      crumb: [crumb.x, crumb.y, crumb.height],
    };
  });

for (const [name, width, colorScheme] of [
  ["a wide light page", 1280, "light"],
  ["a telephone, dark", 390, "dark"],
] as const) {
  test(`the sentence is there before the code of the page, and stays as it is: ${name}`, async ({
    page,
    fresh: { url: server },
  }) => {
    // Hostile in the name and in what it failed with.
    const agent = `<img src=x onerror="window.struck = 1">\u202e desk & co`;
    for (const error of ["429", "429", undefined]) {
      await sendRun(server, supportRun(agent, error ? { error } : {}));
    }
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.addInitScript(() => {
      const shifts: string[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push(JSON.stringify(entry));
      }).observe({ type: "layout-shift", buffered: true });
    });
    const frameMayCome = await holdFrame(page);
    await page.goto(server);
    const sentence = page.getByRole("heading", { level: 1 });
    await expect(sentence).toHaveText(
      `${agent}: 2 of 3 runs failed in the last 24 hours, all with RateLimitError.`,
    );
    await expect(page.getByRole("navigation")).toHaveCount(0);
    const before = await heading(page);
    const picture = await sentence.screenshot();
    frameMayCome();
    await expect(page.getByText("live", { exact: true })).toBeVisible();
    await expect(page.getByRole("group", { name: /^Runs over time/ })).toBeVisible();
    await expect(sentence).toHaveCount(1);
    expect(await heading(page)).toEqual(before);
    expect((await sentence.screenshot()).equals(picture)).toBe(true);
    expect(await page.evaluate(() => Reflect.get(window, "shifts"))).toEqual([]);
    expect(await page.evaluate(() => Reflect.get(window, "struck"))).toBeUndefined();
  });
}

test("nothing is said before the page where no run is", async ({
  page,
  fresh: { url: server },
}) => {
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      const text = document.querySelector("h1")?.textContent ?? "";
      if (said.at(-1) !== text && text !== "") said.push(text);
    }).observe(document, { subtree: true, childList: true });
  });
  const frameMayCome = await holdFrame(page);
  const answers = ["**/api/v1/agents?*", "**/api/v1/status"].map((path) =>
    page.waitForResponse(path),
  );
  await page.goto(server);
  for (const answer of await Promise.all(answers)) await answer.finished();
  frameMayCome();
  const sentence = "No runs yet. Two lines bring the first.";
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(sentence);
  expect(await page.evaluate(() => Reflect.get(window, "said"))).toEqual([sentence]);
});
