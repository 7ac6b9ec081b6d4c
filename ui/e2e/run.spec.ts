import { hex, sendRun, supportRun, type SpanSent } from "./otlp";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

test("a failed run opens at the span that failed first", async ({ page, server }) => {
  const trace = await sendRun(
    server,
    supportRun(named("desk"), { error: "429 too many requests" }),
  );
  await page.goto(`${server}/runs/${trace}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Failed after 3.0 s in second call: 429 too many requests.",
  );
  await expect(page.getByRole("row", { selected: true })).toContainText("second call");
  const span = page.getByRole("region", { name: "Span", exact: true });
  await expect(span).toContainText("RateLimitError");
  await expectAccessible(page);
});

test("a failure is told whole, with its stack trace", async ({ page, server }) => {
  const error = `${"no seat left, ".repeat(40)}and that is the end`;
  const run = supportRun(named("desk"), { error });
  const trace = await sendRun(server, run);
  await page.goto(`${server}/runs/${trace}`);
  const span = page.getByRole("region", { name: "Span", exact: true });
  await expect(span).toContainText("and that is the end");
  await expect(span.getByText("Stack trace")).toHaveCount(0);
  await page.route("**/spans/*", async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { events: { attributes: object }[] };
    for (const event of body.events) {
      event.attributes = { ...event.attributes, "exception.stacktrace": "File a.py, line 12" };
    }
    await route.fulfill({ response: answer, json: body });
  });
  await page.reload();
  await span.getByText("Stack trace").click();
  await expect(span.getByText("File a.py, line 12")).toBeVisible();
  await expectAccessible(page);
});

test("a run says whose it is and how it is called elsewhere", async ({ page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const agent = named("desk");
  const trace = await sendRun(server, supportRun(agent));
  await page.goto(`${server}/runs/${trace}`);
  // A name that is only the agent's tells nothing of the run.
  const way = page.getByRole("navigation", { name: "Where this is" });
  await expect(way).toHaveText(new RegExp(`^Runs/${agent}/run_eu_${trace.slice(0, 8)}…$`));
  const belongs = page.getByRole("list", { name: "Belongs to" });
  await belongs.getByRole("button", { name: `Copy the id run_eu_${trace}` }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`run_eu_${trace}`);
  await belongs.getByRole("link", { name: agent }).click();
  await expect(page).toHaveURL(`${server}/agents/${agent}`);
});

test("shows a call as the conversation it was, the new marked and results in their calls", async ({
  page,
  server,
}) => {
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs/${trace}`);
  const span = page.getByRole("region", { name: "Span", exact: true });
  await page.getByRole("row", { name: /first call/ }).click();
  await expect(page).toHaveURL(/span=/);
  await expect(span.getByText("find_order")).toBeVisible();
  await expect(span.getByText("order_id")).toBeVisible();
  await span.getByRole("button", { name: "answered in 200 ms" }).click();
  await expect(page.getByRole("row", { selected: true })).toContainText("find_order");
  await expect(span).toContainText("delivered");
  await page.getByRole("row", { name: /second call/ }).click();
  await expect(span.getByText("unchanged since the previous call")).toBeVisible();
  await expect(span.getByRole("listitem").filter({ hasText: "Refunded." })).toContainText(
    "new since the previous call",
  );
  await expectAccessible(page);
});

test("hostile text stays text", async ({ page, server }) => {
  const trace = await sendRun(server, supportRun(named("<img src=x onerror=alert(1)>")));
  await page.goto(`${server}/runs/${trace}`);
  await page.getByRole("row", { name: /first call/ }).click();
  await expect(page.getByText("order 8812", { exact: true })).toBeVisible();
  await expect(page.locator("#planted")).toHaveCount(0);
  await expect(page.getByText("<b id=planted>bold</b>")).toBeVisible();
});

test("the tabs are in the address, and explain tells where a figure came from", async ({
  page,
  server,
}) => {
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs/${trace}`);
  await page.getByRole("row", { name: /first call/ }).click();
  await page.getByRole("tab", { name: /Attributes/ }).click();
  await expect(page.getByRole("region", { name: "Attributes of the span" })).toContainText(
    "gen_ai.request.model",
  );
  await page.getByRole("tab", { name: "Explain" }).click();
  await expect(page).toHaveURL(/tab=explain/);
  await page.reload();
  await expect(page.getByRole("tab", { name: "Explain" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("row", { name: /gen_ai\.usage\.input_tokens/ })).toBeVisible();
  await expectAccessible(page);
});

test("moves through the tree by the keyboard, closing and opening", async ({ page, server }) => {
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs/${trace}`);
  const spans = page.getByRole("treegrid", { name: "Spans of the run" });
  const selected = page.getByRole("row", { selected: true });
  await expect(spans.getByRole("row")).toHaveCount(5);
  await page.keyboard.press("j");
  await expect(selected).toContainText("first call");
  await page.keyboard.press("k");
  await page.keyboard.press("h");
  await expect(spans.getByRole("row")).toHaveCount(2);
  await page.keyboard.press("l");
  await expect(spans.getByRole("row")).toHaveCount(5);
  await page.getByRole("searchbox", { name: "Find spans" }).fill("find_order");
  await expect(spans.getByRole("row")).toHaveCount(3);
});

test("a run grows in place while it runs", async ({ page, server }) => {
  const agent = named("desk");
  const run = supportRun(agent);
  const [root, ...rest] = run.spans as [SpanSent, ...SpanSent[]];
  const traceId = await sendRun(server, { agent, spans: rest.slice(0, 1) });
  await page.goto(`${server}/runs/${traceId}`);
  const rows = page.getByRole("treegrid").getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(page.getByText("parent missing")).toBeVisible();
  await sendRun(server, { agent, traceId, spans: rest.slice(1) });
  await expect(rows).toHaveCount(4);
  await sendRun(server, { agent, traceId, spans: [root] });
  await expect(rows).toHaveCount(5);
  await expect(page.getByText("parent missing")).toHaveCount(0);
});

test("33,000 spans open and scroll, 100 levels keep their names", async ({ page, server }) => {
  test.setTimeout(120_000);
  const agent = named("nightly");
  const traceId = hex(16);
  const root = hex(8);
  let parent = root;
  const deep = Array.from({ length: 100 }, (_, level): SpanSent => {
    const id = hex(8);
    const span = { id, parent, kind: "custom", name: `level ${level}`, from: 1, to: 2 };
    parent = id;
    return span;
  });
  const wide = Array.from({ length: 33_000 - 101 }, (_, n): SpanSent => ({
    parent: root,
    kind: "custom",
    name: `step ${n}`,
    from: 10 + n,
    to: 11 + n,
  }));
  for (let at = 0; at < wide.length; at += 5_000) {
    await sendRun(server, {
      agent,
      traceId,
      start: 1_790_000_000_000,
      spans: wide.slice(at, at + 5_000),
    });
  }
  await sendRun(server, {
    agent,
    traceId,
    start: 1_790_000_000_000,
    spans: [{ id: root, kind: "agent", name: agent, from: 0, to: 40_000 }, ...deep],
  });
  await page.goto(`${server}/runs/${traceId}`);
  await expect(page.getByText("33,000 spans")).toBeVisible();
  // Only what is in sight is built.
  expect(await page.getByRole("treegrid").getByRole("row").count()).toBeLessThan(120);
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("End");
  await expect(page.getByRole("row", { selected: true })).toContainText("step 32898");
  await page.getByRole("searchbox", { name: "Find spans" }).fill("level 99");
  const deepest = page.getByRole("row", { name: /level 99/ });
  await deepest.click();
  await expect(deepest).toHaveAttribute("aria-level", "101");
});

test("images are drawn from what was recorded, and none is fetched", async ({ page, server }) => {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picture = (url: string) => ({ type: "image_url", image_url: { url } });
  const content = [
    { type: "text", text: "What is this? ![planted](https://elsewhere.example/a.png)" },
    picture(`data:image/png;base64,${pixel}`),
    picture("https://elsewhere.example/b.png"),
    picture("data:image/svg+xml,<svg onload=alert(1)>"),
  ];
  const trace = await sendRun(server, {
    agent: named("desk"),
    spans: [
      {
        kind: "llm",
        name: "look",
        from: 0,
        to: 10,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.input.messages": JSON.stringify([{ role: "user", content }]),
        },
      },
    ],
  });
  await page.goto(`${server}/runs/${trace}`);
  const span = page.getByRole("region", { name: "Span", exact: true });
  const drawn = span.getByRole("img", { name: "recorded" });
  await expect(drawn).toHaveCount(1);
  // Drawn, not only named.
  await expect
    .poll(() => drawn.evaluate((image) => (image as HTMLImageElement).naturalWidth))
    .toBe(1);
  await expect(span).toContainText("[image: planted, https://elsewhere.example/a.png]");
  await expect(span).toContainText("[image: https://elsewhere.example/b.png]");
  await expect(span).toContainText("[image/svg+xml: 21 characters");
  await expectAccessible(page);
});

test("a span leads to the spans it links to, and names those that are not here", async ({
  page,
  server,
}) => {
  const asked = supportRun(named("desk"));
  const spanId = hex(8);
  const other = await sendRun(server, {
    ...asked,
    spans: [{ id: spanId, kind: "tool", name: "publish", from: 0, to: 10 }],
  });
  const elsewhere = { traceId: hex(16), spanId: hex(8) };
  const links = [{ traceId: other, spanId, attributes: { why: "<b>it asked</b>" } }, elsewhere];
  const trace = await sendRun(server, {
    agent: named("desk"),
    spans: [{ kind: "tool", name: "process", from: 0, to: 10, links }],
  });
  await page.goto(`${server}/runs/${trace}`);
  const span = page.getByRole("region", { name: "Span", exact: true });
  await span.getByRole("tab", { name: /^Links ?2/ }).click();
  const listed = span.getByRole("tabpanel").getByRole("list").first().locator("> li");
  await expect(listed.nth(0)).toContainText("<b>it asked</b>");
  await expect(listed.nth(1)).toContainText(elsewhere.traceId);
  await expect(listed.nth(1)).toContainText(elsewhere.spanId);
  await expect(listed.nth(1).getByRole("link")).toHaveCount(0);
  await expectAccessible(page);
  await listed.nth(0).getByRole("link", { name: spanId }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/run_eu_${other}\\?span=${spanId}`));
  await expect(page.getByRole("row", { selected: true })).toContainText("publish");
  await expect(span.getByRole("tab", { name: /Links/ })).toHaveCount(0);
});

test("what happens between the pointing at a run and its opening is not missed", async ({
  page,
  server,
}) => {
  const agent = named("desk");
  const traceId = hex(16);
  const root = { id: hex(8), kind: "agent", name: agent, from: 0, to: 3000 };
  await sendRun(server, { traceId, agent, spans: [root] });
  // Wide enough for the column of calls.
  await page.setViewportSize({ width: 1600, height: 900 });
  await page.goto(`${server}/runs?agent=${agent}`);
  const rows = page.getByRole("table", { name: "Runs" });
  const link = rows.locator(`a[href*="${traceId}"]`).first();
  await expect(page.getByText("live", { exact: true })).toBeVisible();
  const answered = page.waitForResponse((answer) => answer.url().endsWith("/spans"));
  await link.hover();
  await answered;
  const late = { parent: root.id, kind: "tool", name: "late tool", from: 10, to: 20 };
  await sendRun(server, { traceId, agent, spans: [late] });
  // The list has heard of it.
  await expect(rows.getByTitle("0 model calls, 1 tool calls")).toBeVisible();
  await link.click();
  await expect(page.getByRole("row", { name: /late tool/ })).toBeVisible();
});

test("a run that is not there is said so", async ({ page, server }) => {
  await page.goto(`${server}/runs/run_eu_${"0".repeat(32)}`);
  await expect(page.getByRole("alert")).toContainText("There is no such run.");
  await expectAccessible(page);
});

test("fits a telephone", async ({ page, server }) => {
  const trace = await sendRun(
    server,
    supportRun(named("desk"), { error: "429 too many requests" }),
  );
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server}/runs/${trace}`);
  await expect(page.getByText("RateLimitError")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page);
});

test("on a telephone a long way gives its line to the run's own name", async ({ page, server }) => {
  const name = "refund request of order 8812 again";
  const agent = named("customer support desk of the north west");
  const trace = await sendRun(server, {
    agent,
    spans: [{ kind: "agent", name, from: 0, to: 900 }],
  });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server}/runs/${trace}`);
  const way = page.getByRole("navigation", { name: "Where this is" });
  const last = way.locator("b");
  await expect(last).toHaveText(name);
  const cutPx = await last.evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(cutPx).toBeLessThanOrEqual(0);
  // The agent's is cut, and not away.
  const agentPx = (await way.getByRole("link", { name: agent }).boundingBox())?.width ?? 0;
  expect(agentPx).toBeGreaterThan(20);
});
