import { sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

test("an empty server tells how to send the first run, which then shows by itself", async ({
  page,
  fresh: server,
}) => {
  await page.goto(server.url);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "No runs yet. Two lines bring the first.",
  );
  await expect(page.getByText(`export VEDETTE_ENDPOINT=${server.url}`)).toBeVisible();
  await expect(page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}`)).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await sendRun(server.url, supportRun("first-agent"));
  await expect(page.getByRole("table", { name: "Failures by agent" })).toContainText("first-agent");
});

test("a server with accounts asks for a key, and forgets it on leaving", async ({
  page,
  fresh: server,
}) => {
  server.command("accounts", "create", "acme");
  const key = /\S{20,}/.exec(server.command("keys", "create", "--account", "acme"))?.[0] ?? "";
  await sendRun(server.url, supportRun("desk"), key);
  await page.goto(`${server.url}/agents?since=24h`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in with a key");
  await expectAccessible(page);
  await page.getByLabel("Key", { exact: true }).fill("not-a-key");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("This key is not known here")).toBeVisible();
  const writer = server.command("keys", "create", "--account", "acme", "--scope", "write");
  await page.getByLabel("Key", { exact: true }).fill(/\S{20,}/.exec(writer)?.[0] ?? "");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("this key may not read, as every page does")).toBeVisible();
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("table", { name: "Agents" })).toContainText("desk");
  await expect(page).toHaveURL(`${server.url}/agents?since=24h`);
  // The page's own scripts cannot read what keeps the login.
  expect(await page.evaluate(() => document.cookie)).toBe("");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in with a key");
  await page.goto(`${server.url}/runs`);
  await expect(page).toHaveURL(/\/login\?next=/);
});

test("a key that is revoked while a page is open leads to the login, and a new one back", async ({
  page,
  fresh: server,
}) => {
  const newKey = () =>
    /\S{20,}/.exec(server.command("keys", "create", "--account", "acme"))?.[0] ?? "";
  server.command("accounts", "create", "acme");
  const key = newKey();
  await sendRun(server.url, supportRun("desk"), key);
  await page.goto(`${server.url}/runs?agent=desk`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in with a key");
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("table", { name: "Runs" })).toContainText("desk");
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  const other = newKey();
  const listed = server.command("keys", "list", "--json", "--account", "acme");
  const { keys } = JSON.parse(listed) as { keys: { id: string; created_at: string }[] };
  const [first] = keys.toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
  server.command("keys", "revoke", first?.id ?? "", "--account", "acme");
  // Nobody touches the page.
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Log in with a key");
  await page.getByLabel("Key", { exact: true }).fill(other);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("table", { name: "Runs" })).toContainText("desk");
  await expect(page).toHaveURL(`${server.url}/runs?agent=desk`);
});
