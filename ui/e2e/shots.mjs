// Pictures of every page, light and dark, wide and narrow, of the server at VEDETTE_URL; and of a page
// without data, from a server of the binary VEDETTE_BIN, and without an answer.
// `npm run shots [-- name ...]` writes test-results/shots/<page>-<width>-<theme>.png;
// `npm run shots -- readme` the three of the README, of a server of `vedette demo`.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { chromium } from "@playwright/test";
import { chromiumPath } from "./chromium.mjs";

const server = process.env.VEDETTE_URL ?? "http://127.0.0.1:4318";
const out = process.env.SHOTS_DIR ?? "test-results/shots";
const only = process.argv.slice(2);
mkdirSync(out, { recursive: true });

async function first(path, list) {
  const answer = await fetch(server + path);
  const page = answer.ok ? await answer.json() : { [list]: [] };
  return page[list][0]?.id;
}

function firstRun(query) {
  return first(`/api/v1/runs?limit=1&${query}`, "runs");
}

const question = encodeURIComponent(
  "SELECT agent, count(*) AS runs, avg(cost_usd) AS average_cost FROM runs GROUP BY agent ORDER BY runs DESC",
);
const pages = {
  overview: "/?since=7d",
  agent: "/agents/airline-support",
  compare: "/compare?a=airline-support&b=weather_agent",
  costs: "/costs",
  sql: `/sql?q=${question}`,
  "sql-chart": `/sql?q=${question}&view=chart`,
  incidents: "/incidents?status=all",
  alerts: "/alerts",
  heartbeats: "/heartbeats",
  checks: "/checks",
  "settings-channels": "/settings?tab=channels",
  settings: "/settings",
  "settings-keys": "/settings?tab=keys",
  "settings-prices": "/settings?tab=prices",
  "settings-data": "/settings?tab=data",
  nowhere: "/no-such-page",
  runs: "/runs",
  "runs-narrowed": "/runs?status=failed",
  "runs-nothing": "/runs?agent=airline-support&model=no-such-model&since=all",
  sessions: "/sessions",
  agents: "/agents?since=all",
  upload: "/traces",
  login: "/login",
};
for (const [name, query] of [
  ["run-failed", "status=failed"],
  ["run-unsuccessful", "success=false&tool=calculate"],
  ["run-longest", "sort=slowest"],
]) {
  const id = await firstRun(query);
  if (id) pages[name] = `/runs/${id}`;
}
const several = await firstRun("agent=Triage%20Agent");
if (several) {
  for (const view of ["talk", "agents", "flame"]) {
    pages[`run-${view}`] = `/runs/${several}?view=${view}`;
  }
}
const [one, other] = [
  await firstRun("q=task%202,&success=false"),
  await firstRun("q=task%202,&success=true"),
];
if (one && other) pages["compare-runs"] = `/runs/${one}/compare/${other}?step=5`;
const session = await first("/api/v1/sessions?q=sess-1&limit=1", "sessions");
if (session) pages.session = `/sessions/${session}`;
const incident = await first("/api/v1/incidents?limit=1", "incidents");
if (incident) pages.incident = `/incidents/${incident}`;
const alert = await first("/api/v1/alerts", "alerts");
if (alert) pages.alert = `/alerts/${alert}`;
const { heartbeats } = await (await fetch(`${server}/api/v1/heartbeats`)).json();
if (heartbeats[0]) pages.heartbeat = `/heartbeats/${encodeURIComponent(heartbeats[0].agent)}`;

/** Pages that say something else when there is nothing, and when nobody answers. */
const bare = {
  overview: "/",
  agents: "/agents",
  agent: "/agents/nobody",
  compare: "/compare?a=x&b=y",
  costs: "/costs",
  incidents: "/incidents",
  alerts: "/alerts",
  heartbeats: "/heartbeats",
  checks: "/checks",
  "settings-channels": "/settings?tab=channels",
  sql: "/sql?q=SELECT%201%20AS%20one%20WHERE%20false",
  settings: "/settings?tab=data",
  runs: "/runs",
};

async function take(page, name, url) {
  if (only.length > 0 && !only.includes(name.replace(/-(none|error)$/, ""))) return;
  await page.goto(url);
  await settled(page);
  const { width } = page.viewportSize();
  const theme = await page.evaluate(() =>
    matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  );
  await page.screenshot({ path: `${out}/${name}-${width}-${theme}.png`, fullPage: true });
}

async function settled(page) {
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  // The stream stays open, so the network never rests; the last loading sign going is the end.
  await page.waitForFunction(() => !document.querySelector('[aria-label^="Loading"]'));
  // What is laid out late: Markdown, charts, the widths measured.
  await page.waitForTimeout(400);
}

const binary = process.env.VEDETTE_BIN;
const empty = binary && spawn(binary, ["serve", "--memory", "--listen", "127.0.0.1:0"]);
const emptyUrl =
  empty &&
  (await new Promise((resolve) => {
    empty.stdout.on("data", (text) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(text));
      if (url) resolve(url[0]);
    });
  }));

const browser = await chromium.launch({ executablePath: chromiumPath });

/** What one sees without scrolling, small enough for a README. */
async function readme() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const run = pages["run-unsuccessful"];
  const { spans } = await (await fetch(`${server}/api/v1${run}/spans`)).json();
  const calls = spans.filter(({ kind }) => kind === "llm");
  for (const [name, path] of [
    ["overview", "/?since=7d"],
    ["run", `${run}?span=${calls[4].id}`],
    ["costs", "/costs?since=7d"],
  ]) {
    await page.goto(server + path);
    await settled(page);
    await page.screenshot({ path: `../docs/pictures/${name}.png` });
  }
  await browser.close();
}
if (only[0] === "readme") {
  await readme();
  empty?.kill();
  process.exit();
}

for (const [width, height] of [
  [1440, 900],
  [390, 844],
]) {
  for (const theme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
    for (const [name, path] of Object.entries(pages)) await take(page, name, server + path);
    if (emptyUrl) {
      for (const [name, path] of Object.entries(bare)) {
        await take(page, `${name}-none`, emptyUrl + path);
      }
    }
    await page.route("**/api/v1/**", (route) => route.abort());
    for (const [name, path] of Object.entries(bare)) {
      await take(page, `${name}-error`, server + path);
    }
    await page.close();
  }
}
await browser.close();
empty?.kill();
process.stdout.write(`${out}\n`);
