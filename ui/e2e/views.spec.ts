import type { Locator } from "@playwright/test";
import { hex, sendRun, supportRun, type SpanSent } from "./otlp";
import { agentsRun, CONTROLS, hostileRun, loopRun, parallelRun } from "./shapes";
import { expect, expectAccessible, test } from "./test";

const named = (word: string) => `${word}-${hex(4)}`;

test("a loop of forty turns is one row until it is opened", async ({ page, server }) => {
  const trace = await sendRun(server, loopRun(named("loop")));
  await page.goto(`${server}/runs/${trace}`);
  const rows = page.getByRole("treegrid").getByRole("row");
  await expect(rows).toHaveCount(3);
  const loop = rows.filter({ hasText: "think, search" });
  await expect(loop).toContainText("×40");
  await expect(loop).toContainText("1 failed");
  await expectAccessible(page);
  await loop.getByRole("button", { name: "40 turns of think, search; 1 failed, open" }).click();
  await expect(page.getByRole("row", { name: /think 2\/40/ })).toBeVisible();
  // What failed is found without looking through all of them.
  await page.getByRole("button", { name: "close 40 turns of think, search; 1 failed" }).click();
  await expect(rows).toHaveCount(3);
  await page.keyboard.press("n");
  await expect(page.getByRole("row", { selected: true })).toContainText("failed");
  await expect(page.getByRole("region", { name: "Span", exact: true })).toContainText(
    "no such page",
  );
});

test("what ran at the same time says so", async ({ page, server }) => {
  const trace = await sendRun(server, parallelRun(named("trip")));
  await page.goto(`${server}/runs/${trace}`);
  await expect(page.getByRole("row", { name: /flights/ })).toContainText("5 at once");
  await expect(page.getByRole("row", { name: /hotels/ })).not.toContainText("at once");
});

test("a run of several agents reads as agents talking", async ({ page, server }) => {
  const trace = await sendRun(server, agentsRun());
  await page.goto(`${server}/runs/${trace}?view=talk`);
  const talk = page.getByRole("region", { name: "Conversation of the run" });
  await expect(talk.getByRole("heading", { level: 3 })).toHaveText([
    "agenttriage",
    "agentexpertasked through ask_expert",
    "agentbillinghanded over by triage",
  ]);
  await expect(talk).toContainText("A retry was billed.");
  await expect(talk).toContainText("I refunded the second charge.");
  await expectAccessible(page);
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/span=/);
  await expect(page.getByRole("region", { name: "Span", exact: true })).toContainText("chat");
});

test("a whole conversation says each thing once", async ({ page, server }) => {
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs/${trace}?view=talk`);
  const talk = page.getByRole("region", { name: "Conversation of the run" });
  await expect(talk.getByText("Refunded.")).toBeVisible();
  await expect(talk.getByText("You decide refunds.")).toHaveCount(1);
  await expect(talk.getByText("find_order")).toHaveCount(1);
  await expect(talk.getByText("delivered")).toHaveCount(1);
});

test("the graph shows who called whom, and leads to the spans", async ({ page, server }) => {
  const trace = await sendRun(server, agentsRun());
  await page.goto(`${server}/runs/${trace}?view=agents`);
  await expect(
    page.getByRole("img", { name: /triage hands over to billing/ }),
  ).toHaveAccessibleName(/triage calls ask_expert, 1 time; ask_expert calls expert, 1 time/);
  await expectAccessible(page);
  await page.getByRole("button", { name: /^agent expert/ }).click();
  await expect(page.getByRole("region", { name: "Span", exact: true })).toContainText("expert");
  await page.getByRole("button", { name: "Spans", exact: true }).click();
  await expect(page.getByRole("row", { selected: true })).toContainText("expert");
});

test("a graph fits its frame and can be read, and says how many of how many failed", async ({
  page,
  server,
}) => {
  const [boss, ask, expert] = [hex(8), hex(8), hex(8)];
  const search = Array.from({ length: 12 }, (_, at): SpanSent => ({
    parent: expert,
    kind: "tool",
    name: "search",
    from: 20 + at,
    to: 21 + at,
    attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" },
    ...(at === 5 ? { error: "no such page" } : {}),
  }));
  const trace = await sendRun(server, {
    agent: named("boss"),
    spans: [
      { id: boss, kind: "agent", name: "boss", from: 0, to: 100 },
      { id: ask, parent: boss, kind: "tool", name: "ask_expert", from: 10, to: 90 },
      {
        id: expert,
        parent: ask,
        kind: "agent",
        name: "expert",
        from: 11,
        to: 89,
        attributes: { "vedette.agent": "expert" },
      },
      ...search,
    ],
  });
  for (const width of [1440, 1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${server}/runs/${trace}?view=agents`);
    const graph = page.getByRole("region", { name: "Agents of the run" });
    const node = graph.getByRole("button", { name: /^tool search/ });
    await expect(node, `${width} wide`).toContainText("×12");
    await expect(node).toContainText("1 of 12 failed");
    const color = (text: string) =>
      node.getByText(text, { exact: true }).evaluate((each) => getComputedStyle(each).color);
    expect(await color("search")).not.toBe(await color("1 of 12 failed"));
    const frame = await graph.boundingBox();
    const nodes = graph.getByRole("button", { name: /^(agent|tool) / });
    await expect(nodes).toHaveCount(4);
    for (const each of await nodes.all()) {
      const box = await each.boundingBox();
      const right = (box?.x ?? 0) + (box?.width ?? 0);
      expect(right, `${width} wide`).toBeLessThanOrEqual((frame?.x ?? 0) + (frame?.width ?? 0));
      expect(box?.height).toBeGreaterThan(24);
    }
    const scrolls = await node.evaluate((element) => {
      const scroller = element.closest("[tabindex]");
      return scroller ? scroller.scrollWidth - scroller.clientWidth : -1;
    });
    expect(scrolls, `${width} wide`).toBe(0);
  }
});

test("a tall graph begins where the run does", async ({ page, server }) => {
  const boss = hex(8);
  const trace = await sendRun(server, {
    agent: named("boss"),
    spans: [
      { id: boss, kind: "agent", name: "boss", from: 0, to: 100 },
      ...Array.from({ length: 28 }, (_, at): SpanSent => ({
        parent: boss,
        kind: "agent",
        name: `helper ${at}`,
        from: at,
        to: at + 1,
        attributes: { "vedette.agent": `helper ${at}` },
      })),
    ],
  });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(`${server}/runs/${trace}?view=agents`);
    const graph = page.getByRole("region", { name: "Agents of the run" });
    await expect(graph.getByRole("button", { name: /^agent/ })).toHaveCount(29);
    await expect(graph.getByRole("button", { name: /^agent boss/ })).toBeInViewport();
  }
});

test("a span that says nothing leads to what the run said", async ({ page, server }) => {
  const trace = await sendRun(server, agentsRun());
  await page.goto(`${server}/runs/${trace}`);
  const span = page.getByRole("region", { name: "Span", exact: true });
  await expect(span).toContainText("Neither input nor output of this span was recorded");
  await span.getByRole("link", { name: "conversation of the run" }).click();
  await expect(page.getByRole("region", { name: "Conversation of the run" })).toContainText(
    "Why was I charged twice?",
  );
});

test("the flame draws every span and follows the pointer", async ({ page, server }) => {
  const trace = await sendRun(server, loopRun(named("loop")));
  await page.goto(`${server}/runs/${trace}?view=flame`);
  const flame = page.getByRole("button", { name: /^81 spans on 2 lines/ });
  await expect(flame).toBeVisible();
  await expectAccessible(page);
  await flame.click({ position: { x: 200, y: 14 } });
  await expect(page).toHaveURL(/span=/);
  await page.keyboard.press("j");
  await expect(page.getByRole("region", { name: "Span", exact: true })).toContainText("think");
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/t=/);
  await page.getByRole("button", { name: "whole run" }).click();
  await expect(page).not.toHaveURL(/t=/);
});

test("finds text in what is folded, and copies a conversation", async ({
  page,
  server,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const trace = await sendRun(server, supportRun(named("desk")));
  await page.goto(`${server}/runs/${trace}`);
  await page.getByRole("row", { name: /second call/ }).click();
  const span = page.getByRole("region", { name: "Span", exact: true });
  await expect(span.getByText("unchanged since the previous call")).toBeVisible();
  await expect(span.getByText("You decide refunds.")).toHaveCount(0);
  await page.keyboard.press("f");
  await page.keyboard.type("decide REFUNDS");
  await expect(span.getByText("You decide refunds.")).toBeVisible();
  await expect(span.getByRole("search").getByRole("status")).toHaveText("1/1");
  await page.keyboard.press("Escape");
  await expect(span.getByText("You decide refunds.")).toHaveCount(0);
  await span.getByRole("button", { name: "Copy the conversation" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain("system:\nYou decide refunds.");
  expect(copied).toContain('find_order({\n  "order_id": 8812\n})');
});

test("hostile text stays text in every view", async ({ page, server }) => {
  const trace = await sendRun(server, hostileRun(named("hostile")));
  for (const view of ["spans", "talk", "agents", "flame"]) {
    await page.goto(`${server}/runs/${trace}?view=${view}`);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Finished");
    await expect(page.getByRole("group", { name: "View" })).toBeVisible();
    await expect(page).not.toHaveTitle("owned");
    expect(await page.locator("main script, main img[src^='http']").count()).toBe(0);
  }
  await page.goto(`${server}/runs/${trace}`);
  for (const name of ["orphan", "one of a circle", "other of a circle"]) {
    await page.getByRole("searchbox", { name: "Find spans" }).fill(name);
    await expect(page.getByRole("row", { name: new RegExp(name) })).toBeVisible();
  }
  await expect(page.getByRole("row", { name: /of a circle/ }).first()).toContainText(
    "its own ancestor",
  );
  await page.getByRole("searchbox", { name: "Find spans" }).fill("hostile call");
  await page.getByRole("row", { name: /hostile call/ }).click();
  const span = page.getByRole("region", { name: "Span", exact: true });
  await expect(span.getByText(/show all 1,048,576 characters/).first()).toBeVisible();
  await expect(span.getByText(CONTROLS.slice(-3)).first()).toBeVisible();
  // A link of a model leads nowhere.
  await expect(span.getByRole("tabpanel").getByRole("link")).toHaveCount(0);
  await expectAccessible(page);
});

test("two runs are laid side by side, step by step", async ({ page, server }) => {
  const agent = named("desk");
  const [a, b] = [
    await sendRun(server, supportRun(agent, { success: true })),
    await sendRun(server, supportRun(agent, { error: "429 too many requests" })),
  ];
  await page.goto(`${server}/runs/${a}`);
  await page.getByRole("button", { name: "Compare" }).click();
  const dialog = page.getByRole("dialog", { name: "Compare with" });
  const choice = dialog.getByRole("link", { name: agent });
  // All of it, to when it ran, is within the dialog.
  const right = async (of: Locator) => {
    const box = await of.boundingBox();
    return (box?.x ?? 0) + (box?.width ?? 0);
  };
  expect(await right(choice)).toBeLessThan(await right(dialog));
  await choice.click();
  await expect(page).toHaveURL(/\/compare\//);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("A did its job, B failed");
  const steps = page.getByRole("grid", { name: "Steps of both runs" });
  await expect(steps.getByRole("row")).toHaveCount(5);
  await expect(steps.getByRole("row", { name: /find_order/ })).toContainText("same");
  const last = steps.getByRole("row").nth(4);
  await expect(last).toContainText("failed in B");
  await last.click();
  const step = page.getByRole("region", { name: "Step", exact: true });
  await expect(step.getByRole("region", { name: "input" })).toContainText("the same");
  await expect(step.getByRole("deletion").filter({ hasText: "Refunded." })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("checkbox", { name: "only what differs" }).check();
  await expect(steps.getByRole("row", { name: /find_order/ })).toHaveCount(0);
  await page.getByRole("link", { name: "Swap A and B" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("A failed, B did its job");
  expect(b).not.toBe(a);
});

test("a session is the conversation that a user had across runs", async ({ page, server }) => {
  const session = named("chat");
  const start = Date.now() - 600_000;
  for (const [at, said] of ["Where is my order?", "And my money?"].entries()) {
    const run = supportRun(named("desk"));
    const [root, ...rest] = run.spans;
    if (!root) throw new Error("a run has a root");
    await sendRun(server, {
      ...run,
      start: start + at * 300_000,
      spans: [
        {
          ...root,
          attributes: {
            ...root.attributes,
            "session.id": session,
            "user.id": "ann",
            "vedette.input": said,
            "vedette.output": `answer ${at}`,
          },
        },
        ...rest,
      ],
    });
  }
  await page.goto(`${server}/sessions?q=${session}`);
  const row = page
    .getByRole("table", { name: "Sessions" })
    .getByRole("row", { name: new RegExp(session) });
  await expect(row).toContainText("ann");
  await expectAccessible(page);
  await row.getByRole("link", { name: session }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("2 runs with ann.");
  const talk = page.getByRole("list", { name: "Conversation of the session" });
  await expect(talk).toContainText(
    /Where is my order\?.*answer 0.*4 min 57 s later.*And my money\?.*answer 1/s,
  );
  await expectAccessible(page);
  await page.getByRole("main").getByRole("link", { name: "Runs", exact: true }).click();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(3);
});

test("a session that is not there is said so", async ({ page, server }) => {
  await page.goto(`${server}/sessions/${named("none")}`);
  await expect(page.getByRole("alert")).toContainText("There is no such session.");
});

test("every view fits a telephone", async ({ page, server }) => {
  const trace = await sendRun(server, agentsRun());
  const other = await sendRun(server, agentsRun());
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of [
    ...["spans", "talk", "agents", "flame"].map((view) => `/runs/${trace}?view=${view}`),
    `/runs/${trace}/compare/${other}`,
    "/sessions",
  ]) {
    await page.goto(server + path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(390);
  }
});

test("every view has the contrast to be read in both themes", async ({ page, server }) => {
  test.setTimeout(90_000);
  const trace = await sendRun(server, agentsRun());
  const other = await sendRun(server, loopRun("triage", 6));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of [
      ...["spans", "talk", "agents", "flame"].map((view) => `/runs/${trace}?view=${view}`),
      `/runs/${trace}/compare/${other}`,
      "/sessions",
      "/runs?agent=triage&model=no-such-model",
    ]) {
      await page.goto(server + path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
      await expectAccessible(page);
    }
  }
});
