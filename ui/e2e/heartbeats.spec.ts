/** Schedules as people set them, and strips of what came, from real runs and pings. */
import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

const put = (server: string, agent: string, body: object) =>
  fetch(`${server}/api/v1/heartbeats/${encodeURIComponent(agent)}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("without a schedule the page teaches; the first one is made in a form", async ({
  page,
  fresh,
}) => {
  await page.goto(`${fresh.url}/heartbeats`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "No agent is expected to run yet.",
  );
  // As the form beside it has it.
  const zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  await expect(page.getByLabel("shell", { exact: true })).toContainText(
    `vedette heartbeats expect nightly-report --cron '0 3 * * *' --tz ${zone}`,
  );
  await expect(page.getByLabel("at the end of the job", { exact: true })).toContainText(
    `${fresh.url}/v1/ping?agent=nightly-report`,
  );
  await expectAccessible(page);
  await page.getByRole("button", { name: "Expect an agent" }).click();
  const form = page.getByRole("form", { name: "Schedule" });
  await expect(form.getByLabel("Time zone")).toHaveValue(zone);
  await form.getByLabel("Agent").fill("nightly é/1");
  await form.getByLabel("Cron").fill("61 3 * * *");
  await form.getByRole("button", { name: "Expect it" }).click();
  await expect(form.getByRole("alert")).toContainText("cron makes no sense");
  await expectAccessible(page);
  await form.getByLabel("Cron").fill("30 3 * * 1-5");
  await form.getByLabel("Time zone").fill("Europe/Berlin");
  await form.getByLabel("Grace").fill("10m");
  await form.getByRole("button", { name: "Expect it" }).click();
  await expect(page).toHaveURL(`${fresh.url}/heartbeats/nightly%20%C3%A9%2F1`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "nightly é/1: expected 30 3 * * 1-5 in Europe/Berlin, none was due yet.",
  );
  await expect(page.getByText("grace 10 minutes")).toBeVisible();
  await expect(page.getByRole("table", { name: "Expected times" })).toContainText("expected next");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("table", { name: "Heartbeats" })).toContainText("30 3 * * 1-5");
});

test("what came in time, failed and was missed is drawn, and leads to the runs", async ({
  page,
  server,
}) => {
  const agent = named("backup");
  const ping = async (status: string, secondsAgo: number) => {
    const at = new Date(Date.now() - secondsAgo * 1000).toISOString();
    const answer = await fetch(`${server}/v1/heartbeats`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ agent, status, started_at: at, finished_at: at }),
    });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { id: string }).id;
  };
  await ping("ok", 40);
  const failed = await ping("fail", 30);
  expect((await put(server, agent, { every_seconds: 1, grace_seconds: 0 })).status).toBe(200);
  await page.goto(`${server}/heartbeats/${agent}`);
  const times = page.getByRole("table", { name: "Expected times" });
  await expect(times.getByRole("row", { name: /missed/ }).first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("missing since today");
  await expect(page.getByRole("img", { name: /1 failed.*missed/ })).toBeVisible();
  await expectAccessible(page);
  // It comes again, while the page is open.
  await ping("ok", 0);
  await expect(times.getByRole("row", { name: /late/ }).first()).toBeVisible();
  await put(server, agent, { every_seconds: 3600 });
  await page.goto(`${server}/heartbeats/${agent}`);
  await times
    .getByRole("row", { name: /failed/ })
    .getByRole("link", { name: "the run" })
    .click();
  await expect(page).toHaveURL(new RegExp(failed));
});

test("a schedule is changed, paused and deleted, and an agent without one offers it", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  await sendRun(server, supportRun(agent));
  await page.goto(`${server}/agents/${agent}`);
  await page
    .getByRole("region", { name: "Heartbeat" })
    .getByRole("link", { name: "Set a schedule" })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    `Nothing is expected of ${agent}.`,
  );
  await expectAccessible(page);
  const form = page.getByRole("form", { name: "Schedule" });
  await form.getByLabel("Expected").selectOption("at an interval");
  await form.getByLabel("Every").fill("soon");
  await form.getByRole("button", { name: "Expect it" }).click();
  expect(
    await form.getByLabel("Every").evaluate((input: HTMLInputElement) => input.validationMessage),
  ).toContain("A length of time");
  await form.getByLabel("Every").fill("2h");
  await form.getByRole("button", { name: "Expect it" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    `${agent}: expected every 2 hours, none was due yet.`,
  );
  await expect(page.getByText(/^last run .* ago/)).toBeVisible();
  await expect(page.getByText(/^last success .* ago/)).toBeVisible();
  await sendRun(server, { ...supportRun(agent), start: Date.now() });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    `${agent}: expected every 2 hours, and it runs.`,
  );
  await form.getByLabel("Longest").fill("1h 30m");
  await form.getByLabel("Paused").check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("paused");
  await expect(page.getByText("at most 90 minutes long")).toBeVisible();
  await page.goto(`${server}/agents/${agent}`);
  await expect(page.getByRole("region", { name: "Heartbeat" })).toContainText("every 2 hours");
  await expect(page.getByRole("region", { name: "Heartbeat" }).getByRole("img")).toBeVisible();
  await page.goto(`${server}/heartbeats/${agent}`);
  await page.getByRole("button", { name: `Delete the schedule of ${agent}` }).click();
  await page.getByRole("button", { name: "Delete the schedule", exact: true }).click();
  await expect(page).toHaveURL(`${server}/heartbeats`);
  const answer = await fetch(`${server}/api/v1/heartbeats/${agent}`);
  expect(answer.status).toBe(404);
});

test("a run that comes while the first answer is under way is not missed", async ({
  page,
  server,
}) => {
  const agent = named("early");
  await put(server, agent, { every_seconds: 7200 });
  let answers = 0;
  await page.route(`**/api/v1/heartbeats/${agent}?*`, async (route) => {
    const answer = await route.fetch();
    answers += 1;
    if (answers === 1) {
      expect(((await answer.json()) as { state: string }).state).toBe("new");
      await sendRun(server, { ...supportRun(agent), start: Date.now() });
      await expect
        .poll(async () => (await fetch(`${server}/api/v1/heartbeats/${agent}`)).json())
        .toMatchObject({ state: "healthy" });
    }
    await route.fulfill({ response: answer });
  });
  await page.goto(`${server}/heartbeats/${agent}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    `${agent}: expected every 2 hours, and it runs.`,
  );
});

test("heartbeats fit a narrow screen and both themes", async ({ page, server }) => {
  const agent = named(`a-${"very-".repeat(12)}long-name`);
  await sendRun(server, supportRun(agent));
  await put(server, agent, { cron: "*/5 * * * *", time_zone: "America/New_York" });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ["/heartbeats", `/heartbeats/${agent}`]) {
      await page.goto(server + path);
      await expect(page.getByRole("img", { name: /expected|due/ }).first()).toBeVisible();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(390);
      await expectAccessible(page);
    }
  }
});
