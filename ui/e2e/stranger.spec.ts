/** Someone who never saw the pages, given the address of the demo. The clicks stand in docs/first-look.md. */
import type { Locator } from "@playwright/test";
import { startDemo, type Server } from "./server";
import { expect, test } from "./test";

let server: Server;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  server = await startDemo();
});
test.afterAll(() => server.stop());

test("a stranger finds the worst agent, why it failed, and what the week cost", async ({
  page,
}) => {
  let clicks = 0;
  const click = async (target: Locator) => {
    clicks += 1;
    await target.click();
  };

  // Which agent does worst? The first page says it.
  await page.goto(server.url);
  const answer = page.getByRole("heading", { level: 1 });
  await expect(answer).toHaveText(/^weather_agent: 9 of 24 runs failed in the last 24 hours\./);
  expect(clicks).toBe(0);

  // Why did its last failed run fail? Its failed runs, the newest of them: open where it broke.
  const worst = page
    .getByRole("table", { name: "Failures by agent" })
    .getByRole("row", { name: /weather_agent/ });
  await click(worst.getByRole("link", { name: "9", exact: true }));
  const runs = page.getByRole("table", { name: "Runs" });
  await expect(runs.getByRole("row")).toHaveCount(10);
  await click(runs.getByRole("row").nth(1).getByRole("link").first());
  await expect(answer).toHaveText(/^Failed after .* in broken: .*tool exploded/);
  await expect(page.getByRole("row", { selected: true })).toContainText("broken");
  await expect(page.getByRole("region", { name: "Span", exact: true })).toContainText(
    "tool exploded",
  );
  expect(clicks).toBe(2);

  // What did the week cost, and on which model?
  await click(page.getByRole("link", { name: "Costs" }));
  await expect(answer).toHaveText(/^\$18\.\d\d in the last 7 days, 99\.\d % of it for gpt-4o\.$/);
  expect(clicks).toBe(3);
});
