// Pictures of every page, light and dark, wide and narrow, of the server at VEDETTE_URL.
// `npm run shots [-- name ...]` writes test-results/shots/<page>-<width>-<theme>.png
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

const pages = {
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

const browser = await chromium.launch({
  executablePath: chromiumPath,
});
for (const [width, height] of [
  [1440, 900],
  [390, 844],
]) {
  for (const theme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
    for (const [name, path] of Object.entries(pages)) {
      if (only.length > 0 && !only.includes(name)) continue;
      await page.goto(server + path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      // The stream stays open, so the network never rests; the last loading sign going is the end.
      await page.waitForFunction(() => !document.querySelector('[aria-label^="Loading"]'));
      // What is laid out late: Markdown, the widths measured.
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${out}/${name}-${width}-${theme}.png` });
    }
    await page.close();
  }
}
await browser.close();
process.stdout.write(`${out}\n`);
