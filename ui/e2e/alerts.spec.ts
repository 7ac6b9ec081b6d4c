/** Rules as people make them: tried on the runs of the past, saved, firing, snoozed, deleted; and checks. */
import { hex, sendRun, supportRun } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

const put = (server: string, path: string, body: object) =>
  fetch(`${server}/api/v1/${path}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("without a rule the page teaches; the first is tried on the past, then made", async ({
  page,
  fresh,
}) => {
  const agent = named("desk");
  for (const error of ["boom", "boom", undefined]) {
    await sendRun(fresh.url, {
      ...supportRun(agent, error ? { error } : {}),
      start: Date.now() - 2 * 86_400_000,
    });
  }
  await page.goto(`${fresh.url}/alerts`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No rule watches yet.");
  await expect(page.getByLabel("watch.toml", { exact: true })).toContainText("failure_rate");
  await expectAccessible(page);
  await page.getByRole("button", { name: "New rule" }).click();
  const form = page.getByRole("form", { name: "Rule" });
  await form.getByLabel("Name").fill("desk / fails?");
  await form.getByLabel("Agent").fill(agent);
  await form.getByLabel("Over, %").fill("50");
  await form.getByLabel("Minimum runs").fill("3");
  await form.getByRole("button", { name: /^Try it/ }).click();
  await expect(form.getByText("It would have fired once: 3 runs looked at.")).toBeVisible();
  await expect(form.getByRole("img", { name: /would have fired once/ })).toBeVisible();
  await expect(
    form.getByRole("listitem").filter({ hasText: "2 of 3 runs failed within 1 h" }),
  ).toBeVisible();
  await expectAccessible(page);
  await form.getByLabel("Over, %").fill("80");
  await form.getByRole("button", { name: /^Try it/ }).click();
  await expect(form.getByText("It would not have fired: 3 runs looked at.")).toBeVisible();
  await form.getByRole("button", { name: "Make the rule" }).click();
  await expect(page).toHaveURL(/\/alerts\/arule_/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "desk / fails?: fires when more than 80 % of runs fail within 1 hour.",
  );
  await expect(page.getByRole("link", { name: agent })).toBeVisible();
  const answer = await fetch(`${fresh.url}/api/v1/alerts`);
  const { alerts } = (await answer.json()) as { alerts: { name: string; when: object }[] };
  expect(alerts).toHaveLength(1);
  expect(alerts[0]).toMatchObject({
    name: "desk / fails?",
    when: { type: "failure_rate", over: 0.8 },
    on: { agent },
  });
});

test("a rule fires while one looks, is snoozed, told again, changed and deleted", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  const rule = named("rule");
  await put(server, `alerts/${rule}`, { when: { type: "errors", over: 0 }, on: { agent } });
  await page.goto(`${server}/alerts/${rule}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("more than 0 runs fail");
  await expect(page.getByText("ok", { exact: true })).toBeVisible();
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  await sendRun(server, { ...supportRun(agent, { error: "boom" }), start: Date.now() - 4000 });
  await expect(page.getByText("firing", { exact: true })).toBeVisible();
  await expect(page.getByText("1 runs within 1 h failed by any error, over 0")).toBeVisible();
  await expect(page.getByRole("link", { name: agent })).toHaveAttribute("href", `/agents/${agent}`);
  const lead = page.getByRole("link", { name: "failed runs" });
  const said = await page.getByText("1 runs within 1 h failed by any error").boundingBox();
  expect((await lead.boundingBox())?.x).toBeGreaterThan((said?.x ?? 0) + (said?.width ?? 0) + 5);
  await lead.click();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
  await page.goBack();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Snooze" }).click();
  await page.getByRole("menuitem", { name: "For 8 hours" }).click();
  await expect(page.getByText("snoozed", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Tell again" }).click();
  await expect(page.getByText("firing", { exact: true })).toBeVisible();
  const form = page.getByRole("form", { name: "Rule" });
  await form.getByRole("textbox", { name: "Window" }).fill("40d");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText("window_seconds");
  await form.getByRole("textbox", { name: "Window" }).fill("2h");
  await form.getByLabel("Severity").selectOption("critical");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("within 2 hours");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("Escape");
  const row = page.getByRole("table", { name: "Rules" }).getByRole("row", { name: rule });
  await expect(row).toContainText("critical");
  await row.getByRole("link", { name: rule }).click();
  await page.getByRole("button", { name: `Delete ${rule}` }).click();
  await page.getByRole("button", { name: "Delete the rule" }).click();
  await expect(page).toHaveURL(/\/alerts$/);
  await page.goto(`${server}/alerts/${rule}`);
  await expect(page.getByRole("alert")).toContainText("There is no such rule.");
});

test("a rule of several conditions is readable, and made part by part", async ({
  page,
  server,
}) => {
  const rule = named("several");
  await put(server, `alerts/${rule}`, {
    when: {
      type: "all",
      of: [
        { type: "failure_rate", over: 0.1 },
        { type: "any", of: [{ type: "tokens", over: 5 }, { type: "missed_heartbeat" }] },
      ],
    },
  });
  await page.goto(`${server}/alerts/${rule}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(
    "more than 10 % of runs fail within 1 hour and (runs use over 5 tokens within 1 day or an expected run is missing).",
  );
  const form = page.getByRole("form", { name: "Rule" });
  await expect(form.getByRole("group", { name: "All of these hold" })).toBeVisible();
  const inner = form.getByRole("group", { name: "One of these holds" });
  await inner.getByRole("button", { name: "One more condition" }).click();
  await inner.getByRole("combobox", { name: "Condition 3" }).selectOption("No run began");
  await inner.getByLabel("For longer than, hours").fill("6");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(
    "or no run began for 6 hours",
  );
  await expectAccessible(page);
});

test("a check is made, its results lead to the runs, and it is deleted", async ({
  page,
  fresh,
}) => {
  await page.goto(`${fresh.url}/checks`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Nothing is asked of finished runs yet.",
  );
  await expectAccessible(page);
  await page.getByRole("button", { name: "New check" }).click();
  const form = page.getByRole("form", { name: "Check" });
  await form.getByLabel("Name").fill("it's polite");
  await form.getByLabel("Asks that").selectOption("Output is JSON of a schema");
  await form.getByLabel("JSON Schema").fill("{");
  await form.getByRole("button", { name: "Make the check" }).click();
  await expect(form.getByRole("alert")).toContainText("The schema is no JSON");
  await form.getByLabel("Asks that").selectOption("A tool was called");
  await form.getByRole("textbox", { name: "Tool" }).fill("say_please");
  await form.getByRole("button", { name: "Make the check" }).click();
  await expect(page.getByText("No run ended since it was made.")).toBeVisible();
  const trace = await sendRun(fresh.url, { ...supportRun("desk"), start: Date.now() });
  await expect
    .poll(async () => {
      const answer = await fetch(`${fresh.url}/api/v1/incidents`);
      return ((await answer.json()) as { incidents: object[] }).incidents.length;
    })
    .toBe(1);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "it's polite: 1 of 1 run did not pass.",
  );
  const result = page.getByRole("table", { name: "Results" }).getByRole("row").nth(1);
  await expect(result).toContainText("did not pass");
  await expect(result).toContainText("say_please");
  await expectAccessible(page);
  await result.getByRole("link", { name: "the run" }).click();
  await expect(page).toHaveURL(new RegExp(trace));
  await page.goto(`${fresh.url}/incidents`);
  await page.getByRole("link", { name: 'desk does not pass "it\'s polite"' }).click();
  await expect(page.getByText("did not pass a check")).toBeVisible();
  await page.goto(`${fresh.url}/checks?check=it%27s+polite`);
  await page.getByRole("button", { name: "Delete it's polite" }).click();
  await page.getByRole("button", { name: "Delete the check" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Nothing is asked of finished runs yet.",
  );
});

test("alerts and checks fit a narrow screen and both themes", async ({ page, server }) => {
  const name = named(`a-${"very-".repeat(14)}long-name`);
  await put(server, `alerts/${name}`, {
    when: {
      type: "any",
      of: [
        { type: "tokens", over: 5 },
        { type: "errors", over: 2, kind: "x".repeat(60) },
      ],
    },
  });
  // Of nobody else: the server is that of other tests too.
  await put(server, `checks/${name}`, {
    test: { type: "regex", pattern: "y".repeat(80) },
    on: { agent: name },
  });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of [
      "/alerts?new=yes",
      `/alerts/${name}`,
      "/checks?new=yes",
      `/checks?check=${name}`,
    ]) {
      await page.goto(server + path);
      await expect(page.getByRole("form").first()).toBeVisible();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, path).toBeLessThanOrEqual(390);
      await expectAccessible(page);
    }
  }
});
