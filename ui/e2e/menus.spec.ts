import type { Page } from "@playwright/test";
import { sendRun, supportRun } from "./otlp";
import { expect, test } from "./test";

/** The menus' code comes only once what this answers is called. */
async function holdMenus(page: Page): Promise<() => void> {
  let come = () => {};
  const mayCome = new Promise<void>((resolve) => (come = resolve));
  await page.route("**/assets/popups-*.js", async (route) => {
    await mayCome;
    await route.continue();
  });
  return come;
}

test("a menu's code comes when its button is reached for, and the first press opens it", async ({
  page,
  server,
}) => {
  await sendRun(server, supportRun("desk"));
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(new URL(request.url()).pathname));
  const menuCame = await holdMenus(page);
  await page.goto(server);
  const range = page.getByRole("button", { name: /^Range/ });
  await expect(page.getByRole("group", { name: /^Runs over time/ })).toBeVisible();
  expect(fetched.filter((path) => path.includes("popups"))).toEqual([]);
  const asked = page.waitForRequest("**/assets/popups-*.js");
  await range.hover();
  await asked;
  // Pressed before it is there.
  await range.click();
  menuCame();
  await expect(page.getByRole("menu")).toBeVisible();
  // The button closes what it opened, and so does a press elsewhere.
  await range.click();
  await expect(page.getByRole("menu")).toBeHidden();
  await expect(range).toHaveAttribute("aria-expanded", "false");
  await range.click();
  await expect(page.getByRole("menu")).toBeVisible();
  await page.getByRole("heading", { level: 1 }).click();
  await expect(page.getByRole("menu")).toBeHidden();
});

test("a menu is used by the keyboard alone, and gives the focus back", async ({ page, server }) => {
  await sendRun(server, supportRun("desk"));
  await page.goto(server);
  const range = page.getByRole("button", { name: /^Range/ });
  const menu = page.getByRole("menu");
  for (const key of ["Enter", "ArrowDown"]) {
    await range.focus();
    await page.keyboard.press(key);
    await expect(menu).toBeVisible();
    await expect(menu.locator(":scope:focus, :focus")).toHaveCount(1);
    await page.keyboard.press("Escape");
    await expect(menu).toBeHidden();
    await expect(range).toBeFocused();
  }
  // Now its code is there, so that it opens at its first item.
  await page.keyboard.press("ArrowDown");
  await expect(menu.getByRole("menuitemradio", { name: "Last hour" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/since=7d/);
  await expect(menu).toBeHidden();
  await expect(range).toBeFocused();
});

test("who has gone on while a menu arrives keeps the focus", async ({ page, server }) => {
  await sendRun(server, supportRun("desk"));
  const menuCame = await holdMenus(page);
  await page.goto(server);
  const range = page.getByRole("button", { name: /^Range/ });
  const asked = page.waitForRequest("**/assets/popups-*.js");
  await range.focus();
  await asked;
  await range.evaluate((button) => (button.dataset["stand"] = "in"));
  const next = page.getByRole("main").getByRole("link").first();
  await next.focus();
  menuCame();
  await expect(page.locator("[data-stand]")).toHaveCount(0);
  await expect(range).toBeVisible();
  await expect(next).toBeFocused();
});
