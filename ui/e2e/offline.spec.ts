/** A server that goes away while a page is open, and comes back. */
import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

test.use({ refusals: /ERR_|Failed to (fetch|load)|status of|did not answer/ });

test("a page whose code is not loaded says that the server is away, and shows once it is back", async ({
  page,
  fresh: server,
}) => {
  const agent = `desk-${hex(4)}`;
  await sendRun(server.url, supportRun(agent));
  await page.goto(`${server.url}/runs`);
  await expect(page.getByRole("table", { name: "Runs" })).toContainText(agent);
  await server.kill();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "SQL" }).click();
  const problem = page.getByRole("alert");
  await expect(problem).toContainText("The server does not answer.");
  await expectAccessible(page);
  // Nobody answers yet: the page stays.
  await problem.getByRole("button", { name: "Try again" }).click();
  await expect(problem).toContainText("The server does not answer.");
  await expect(page).toHaveURL(`${server.url}/sql`);
  await server.restart();
  await problem.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByLabel("Query")).toBeVisible();
});
