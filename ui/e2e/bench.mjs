// `make bench`, the pages: how fast they are in real Chromium on the real binary that holds a million
// spans, each figure beside its limit. `node e2e/bench.mjs BINARY [SPANS]`; the server gets a folder of
// its own, removed afterwards. Nothing is asserted: a loaded machine is slower, so its load is told too.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumPath } from "./chromium.mjs";

const TIMES = 5;
/** Quick for a hand. */
const REST_MS = 100;
/** A window that opens draws itself first, which takes as long as a page. */
const WINDOW_MS = 1_000;
const [binary, spans = "1000000"] = process.argv.slice(2);
if (!binary) throw new Error("usage: node e2e/bench.mjs BINARY [SPANS]");
const stored = Number(spans);

const RUN_SPANS = 25;
const BUSY = 4;
const BODY_SPANS = 5_000;
/** An hour of live rows at 100 spans a second, sent as fast as they are taken. */
const LIVE_SPANS = 360_000;
const VIEWPORT = { viewport: { width: 1440, height: 900 } };

const hex = (bytes) => randomBytes(bytes).toString("hex");
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const figures = [];

/** As vedette-bench prints its figures. */
function report(name, value, unit, limit) {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  const text = `${value.toLocaleString("en-US", { maximumFractionDigits: digits })} ${unit}`;
  const target = limit === null ? "" : `≤ ${limit.toLocaleString("en-US")} ${unit}`;
  const reached = limit === null ? "" : value <= limit ? "reached" : "NOT REACHED";
  figures.push([name, text, target, reached]);
  process.stdout.write(`${name}: ${text}  ${target}\n`);
}

function table() {
  const rows = [["figure", "measured", "to reach", ""], ...figures];
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at].length)));
  for (const [name, text, target, reached] of rows) {
    const cells = [name.padEnd(widths[0]), text.padStart(widths[1]), target.padStart(widths[2])];
    process.stdout.write(`${cells.join("  ")}  ${reached}\n`);
  }
  process.stdout.write(`load of the machine at the end: ${loadavg()[0].toFixed(1)}\n`);
}

async function startServer() {
  const data = mkdtempSync(join(tmpdir(), "vedette-bench-"));
  const child = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(chunk.toString());
      if (found) resolve(found[0]);
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return {
    url,
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A run of an agent with so many spans, in turns of a model call and a tool. */
function runOf(agent, count, start) {
  const traceId = hex(16);
  const root = hex(8);
  const value = (text) => ({ stringValue: text });
  return Array.from({ length: count }, (_, at) => ({
    traceId,
    spanId: at === 0 ? root : hex(8),
    ...(at === 0 ? {} : { parentSpanId: root }),
    name: at === 0 ? agent : at % 2 ? "chat gpt-4o-mini" : `tool ${at}`,
    startTimeUnixNano: `${start + at * 2}000000`,
    endTimeUnixNano: `${start + (at === 0 ? count * 2 : at * 2 + 1)}000000`,
    attributes: [
      { key: "vedette.kind", value: value(at === 0 ? "agent" : at % 2 ? "llm" : "tool") },
      { key: "vedette.agent", value: value(agent) },
      ...(at % 2
        ? [
            { key: "gen_ai.request.model", value: value("gpt-4o-mini") },
            { key: "gen_ai.usage.input_tokens", value: { intValue: "100" } },
            { key: "gen_ai.usage.output_tokens", value: { intValue: "10" } },
          ]
        : []),
    ],
  }));
}

async function send(url, spansSent) {
  const answer = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ scope: { name: "vedette.bench" }, spans: spansSent }] }],
    }),
  });
  if (!answer.ok) throw new Error(`/v1/traces answered ${answer.status}`);
}

async function sendRun(url, agent, count, start) {
  const run = runOf(agent, count, start);
  for (let at = 0; at < count; at += BODY_SPANS) await send(url, run.slice(at, at + BODY_SPANS));
  return run[0].traceId;
}

/** Runs of sixteen agents, one of which is busier, over a week; the newest `agoMs` old. */
async function sendMany(url, count, agoMs) {
  const newest = Date.now() - agoMs;
  const week = 7 * 86_400_000;
  const perBody = BODY_SPANS / RUN_SPANS;
  const runs = Math.ceil(count / RUN_SPANS);
  for (let at = 0; at < runs; at += perBody) {
    const body = [];
    for (let n = at; n < Math.min(runs, at + perBody); n++) {
      const agent = `agent ${Math.max(BUSY, n % 20)}`;
      body.push(...runOf(agent, RUN_SPANS, newest - Math.floor((week * n) / runs)));
    }
    await send(url, body);
  }
}

/** Waits until what was sent has come to rest: the pages are timed on an idle server, as its answers are. */
async function untilAtRest(url) {
  const deadline = performance.now() + 300_000;
  for (let before = ""; performance.now() < deadline;) {
    const status = await (await fetch(`${url}/api/v1/status`)).json();
    const now = `${status.segments} ${status.disk_bytes}`;
    // Fewer wait for company.
    if (status.log_spans < 2_000 && now === before) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  throw new Error("the log was not flushed within five minutes");
}

/** Milliseconds from a click on `link` to the frame in which `ready` holds, measured in the page. */
function clickUntil(page, link, ready, argument) {
  return page.evaluate(
    async ({ selector, test, given: asked }) => {
      const holds = new Function("argument", `return (${test})(argument)`);
      const from = performance.now();
      document.querySelector(selector).click();
      while (!holds(asked)) await new Promise(requestAnimationFrame);
      return performance.now() - from;
    },
    { selector: link, test: ready.toString(), given: argument },
  );
}

const rowsShown = () => document.querySelectorAll('[role="treegrid"] [data-index]').length > 1;

async function openFromList(browser, url, agent, name, limit) {
  const times = [];
  const cold = [];
  for (let at = 0; at < TIMES; at++) {
    const page = await browser.newPage(VIEWPORT);
    await page.goto(`${url}/runs?agent=${encodeURIComponent(agent)}`);
    const link = `a[href^="/runs/"]:not([href*="?"])`;
    await page.locator(link).first().waitFor();
    // As a person does: the pointer rests on the link for a moment before it is pressed.
    await page.locator(link).first().hover();
    await page.waitForTimeout(REST_MS);
    times.push(await clickUntil(page, link, rowsShown));
    const address = page.url();
    await page.close();
    const fresh = await browser.newPage(VIEWPORT);
    const from = performance.now();
    await fresh.goto(address, { waitUntil: "commit" });
    await fresh.waitForFunction(rowsShown);
    cold.push(performance.now() - from);
    await fresh.close();
  }
  report(`open a run of ${name} spans from the list`, median(times), "ms", limit);
  report(`open a run of ${name} spans by its address, page included`, median(cold), "ms", null);
}

async function scroll(browser, url, traceId) {
  const page = await browser.newPage(VIEWPORT);
  await page.goto(`${url}/runs/${traceId}`);
  await page.waitForFunction(rowsShown);
  const frames = await page.evaluate(async () => {
    const list = document.querySelector('[role="treegrid"]');
    const lengths = [];
    let last = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < 240; frame++) {
      // Slowly, then by pages, then across the whole run.
      list.scrollTop += frame < 80 ? 60 : frame < 160 ? 600 : 12_000;
      const now = await new Promise(requestAnimationFrame);
      // Three frames of the screen are 50 ms, give or take a tenth.
      lengths.push(Math.round(now - last));
      last = now;
    }
    return lengths;
  });
  report("longest frame while scrolling 33,000 spans", Math.max(...frames), "ms", 50);
  report("frames over 50 ms of 240", frames.filter((ms) => ms > 50).length, "frames", 0);
  await page.close();
}

async function filter(browser, url, agent) {
  const times = [];
  for (let at = 0; at < TIMES; at++) {
    const page = await browser.newPage(VIEWPORT);
    await page.goto(`${url}/runs`);
    const link = `section[aria-label="Agent"] a[title="${agent}"]`;
    await page.locator(link).waitFor();
    times.push(
      await clickUntil(
        page,
        link,
        (name) => {
          const rows = [...document.querySelectorAll('[role="table"] [data-at]')];
          return (
            document.querySelector(`[aria-label="Remove filter Agent: ${name}"]`) !== null &&
            rows.length > 0 &&
            rows.every((row) => row.textContent.includes(name))
          );
        },
        agent,
      ),
    );
    await page.close();
  }
  report("filter the list of runs to its result", median(times), "ms", 150);
}

/**
 * The overview in a browser that has nothing of it yet: in a tab that is open, as a person's is, or in a
 * window that is still opening. A thing counts as seen when the frame that shows it has been painted.
 */
async function firstLook(browser, url, windowMs) {
  const [useful, complete, bytes] = [[], [], []];
  for (let at = 0; at < TIMES; at++) {
    const context = await browser.newContext(VIEWPORT);
    const page = await context.newPage();
    await page.waitForTimeout(windowMs);
    await page.addInitScript(() => {
      const seen = (what) => {
        if (what in window) return;
        window[what] = null;
        // The task after a frame's callbacks comes when the frame has been painted.
        setTimeout(() => (window[what] = performance.now()));
      };
      // Every panel shows what it was asked for, the chart and each agent's line included.
      const isComplete = () => {
        const panels = [...document.querySelectorAll("main section")];
        const agents = [...document.querySelectorAll('[aria-label="Failures by agent"] tbody tr')];
        return (
          panels.length === 5 &&
          panels.every((panel) =>
            panel.querySelector(":scope > :not(header) :is(td, li), p, svg"),
          ) &&
          document.querySelector('[aria-label^="Runs over time"]') !== null &&
          agents.length > 0 &&
          agents.every((agent) => agent.querySelector("svg") !== null)
        );
      };
      const look = () => {
        const heading = document.querySelector("main h1")?.textContent ?? "";
        if (heading !== "" && heading !== "Overview") {
          seen("usefulAt");
          if (isComplete()) seen("completeAt");
        }
        if (!("completeAt" in window)) requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction(() => window.completeAt);
    const seen = await page.evaluate(() => ({
      useful: window.usefulAt,
      complete: window.completeAt,
      bytes: [
        ...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource"),
      ]
        .filter(({ name }) => !new URL(name).pathname.startsWith("/api/"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    }));
    useful.push(seen.useful);
    complete.push(seen.complete);
    bytes.push(seen.bytes);
    await context.close();
  }
  return { useful: median(useful), complete: median(complete), bytes: median(bytes) };
}

async function firstLooks(browser, url) {
  const tab = await firstLook(browser, url, WINDOW_MS);
  report("overview: its sentence", tab.useful, "ms", 300);
  report("overview: complete", tab.complete, "ms", 500);
  report("bytes of the first load, compressed", Math.round(tab.bytes / 1000), "kB", 250);
  const opening = await firstLook(browser, url, 0);
  report("overview in a window that is opening: its sentence", opening.useful, "ms", null);
  report("overview in a window that is opening: complete", opening.complete, "ms", null);
}

/** What the list of runs keeps in memory of an hour of live rows. */
async function liveMemory(browser, url) {
  const page = await browser.newPage(VIEWPORT);
  await page.goto(`${url}/runs`);
  await page.locator('[role="table"] [data-at]').first().waitFor();
  const session = await page.context().newCDPSession(page);
  // What stays is the least of some readings: rows that are on their way come and go.
  const heapMb = async () => {
    const readings = [];
    while (readings.length < 5) {
      await page.waitForTimeout(500);
      await session.send("HeapProfiler.collectGarbage");
      readings.push((await session.send("Runtime.getHeapUsage")).usedSize / 1e6);
    }
    return Math.min(...readings);
  };
  const part = LIVE_SPANS / 12;
  await sendMany(url, part, 0);
  const before = await heapMb();
  for (let at = 1; at < 12; at++) await sendMany(url, part, 0);
  // The last of it has arrived.
  await sendRun(url, "the last one", 2, Date.now());
  await page.waitForFunction(() => document.body.textContent.includes("the last one"));
  const after = await heapMb();
  report("list of runs: memory after five minutes of live rows", before, "MB", null);
  report("list of runs: memory that 55 minutes more add", after - before, "MB", 5);
  await page.close();
}

const target = await startServer();
try {
  const start = Date.now() - 3_600_000;
  const [small, large] = ["small", "large"].map((name) => `${name} ${hex(3)}`);
  await sendMany(target.url, stored, 3_600_000);
  const traceId = await sendRun(target.url, large, 33_000, start);
  await sendRun(target.url, small, 30, Date.now() - 60_000);
  await untilAtRest(target.url);
  const browser = await chromium.launch({ executablePath: chromiumPath });
  await firstLooks(browser, target.url);
  await openFromList(browser, target.url, small, "30", 100);
  await openFromList(browser, target.url, large, "33,000", 1_000);
  await filter(browser, target.url, `agent ${BUSY}`);
  await scroll(browser, target.url, traceId);
  await liveMemory(browser, target.url);
  await browser.close();
  table();
} finally {
  await target.stop();
}
