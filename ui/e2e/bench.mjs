// How fast the pages are, in real Chromium on a real server, beside the limits.
// `node e2e/bench.mjs SERVER` takes the address of a server that takes and shows runs without a key,
// or the path of the binary, which it then starts on a folder of its own. Figures go to standard
// output as lines of JSON { name, value, unit, limit }, and nothing is asserted.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { chromiumPath } from "./chromium.mjs";

const TIMES = 5;
const given = process.argv[2];
if (!given) throw new Error("usage: node e2e/bench.mjs SERVER_URL|BINARY");

const hex = (bytes) => randomBytes(bytes).toString("hex");
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function report(name, value, unit, limit) {
  process.stdout.write(`${JSON.stringify({ name, value: Math.round(value), unit, limit })}\n`);
}

async function server() {
  if (/^https?:/.test(given)) return { url: given, stop: () => undefined };
  const data = mkdtempSync(join(tmpdir(), "vedette-bench-"));
  const child = spawn(given, ["serve", "--data", data, "--listen", "127.0.0.1:0"], {
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
async function sendRun(url, agent, count, start) {
  const traceId = hex(16);
  const root = hex(8);
  const value = (text) => ({ stringValue: text });
  const span = (at) => ({
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
  });
  for (let at = 0; at < count; at += 5_000) {
    const spans = Array.from({ length: Math.min(5_000, count - at) }, (_, n) => span(at + n));
    const answer = await fetch(`${url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        resourceSpans: [{ scopeSpans: [{ scope: { name: "vedette.bench" }, spans }] }],
      }),
    });
    if (!answer.ok) throw new Error(`/v1/traces answered ${answer.status}`);
  }
  return traceId;
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
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${url}/runs?agent=${agent}`);
    const link = `a[href^="/runs/"]:not([href*="?"])`;
    await page.locator(link).first().waitFor();
    // As a person does: the pointer rests on the link before it is pressed.
    await page.locator(link).first().hover();
    times.push(await clickUntil(page, link, rowsShown));
    const address = page.url();
    await page.close();
    const fresh = await browser.newPage({ viewport: { width: 1440, height: 900 } });
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
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
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
      lengths.push(now - last);
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
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
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

const target = await server();
try {
  const start = Date.now() - 3_600_000;
  const small = `bench-small-${hex(3)}`;
  const large = `bench-large-${hex(3)}`;
  const many = `bench-many-${hex(3)}`;
  for (let at = 0; at < 200; at++) await sendRun(target.url, many, 5, start + at * 1000);
  const traceId = await sendRun(target.url, large, 33_000, start);
  await sendRun(target.url, small, 30, Date.now() - 60_000);
  const browser = await chromium.launch({ executablePath: chromiumPath });
  await openFromList(browser, target.url, small, "30", 100);
  await openFromList(browser, target.url, large, "33,000", 1_000);
  await filter(browser, target.url, many);
  await scroll(browser, target.url, traceId);
  await browser.close();
} finally {
  await target.stop();
}
