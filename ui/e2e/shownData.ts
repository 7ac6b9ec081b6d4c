/** A server as full as pages get: the demo, shapes that are hard to show, and everything that is watched. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@playwright/test";
import { hex, sendRun, supportRun, withModel, type RunSent } from "./otlp";
import { startDemo, type Server } from "./server";
import { agentsRun, hostileRun, loopRun, parallelRun } from "./shapes";

export const LONG_NAME = `a-${"very-".repeat(12)}long-agent-name`;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface Shown extends Server {
  /** Runs by their shape. */
  runs: Record<"parallel" | "loop" | "several" | "hostile" | "failed" | "running" | "long", string>;
  session: string;
}

export async function startShown(): Promise<Shown> {
  // Takes what is told to it, and refuses what goes to /down.
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === "/down" ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const hooks = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const server = await startDemo("--notify-allow", "127.0.0.0/8", "--notify-pause", "1s");
  const { url } = server;
  await makeChannels(url, hooks);
  await watch(url);
  const shown = {
    ...server,
    ...(await sendRuns(url)),
    stop: async () => {
      await server.stop();
      receiver.close();
    },
  };
  await pings(url);
  await seen(url);
  return shown;
}

async function send(method: string, url: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function makeChannels(url: string, hooks: string) {
  const make = (body: object) => send("POST", `${url}/api/v1/channels`, body);
  await make({ name: "ops", type: "webhook", url: `${hooks}/taken` });
  await make({
    name: "night-shift",
    type: "webhook",
    url: `${hooks}/down`,
    min_severity: "critical",
    agents: ["backup", LONG_NAME],
  });
  const chat = await make({ name: "chat", type: "slack", url: `${hooks}/services/T0/B0/secret` });
  await send("PATCH", `${url}/api/v1/channels/${String(chat.id)}`, { paused: true });
}

/** Rules that fire, rest, sleep and say little; checks that pass and do not; prices. */
async function watch(url: string) {
  const rule = (name: string, body: object) =>
    send("PUT", `${url}/api/v1/alerts/${encodeURIComponent(name)}`, body);
  await rule("desk fails", {
    when: { type: "failure_rate", over: 0.1 },
    on: { agent: "desk" },
    severity: "critical",
    channels: ["ops"],
  });
  await rule("dear day", { when: { type: "cost_threshold", over_usd: "500" } });
  await rule("anything missed, or slow and failing", {
    when: {
      type: "any",
      of: [
        { type: "missed_heartbeat" },
        {
          type: "all",
          of: [
            { type: "latency_threshold", over_p95_ms: 30_000 },
            { type: "errors", over: 3, kind: "RateLimitError" },
          ],
        },
      ],
    },
  });
  await rule(LONG_NAME, {
    when: { type: "errors", over: 0 },
    on: { agent: LONG_NAME },
    severity: "info",
  });
  await rule("snoozed", { when: { type: "errors", over: 0 } });
  await send("POST", `${url}/api/v1/alerts/snoozed/snooze`, { seconds: 28_800 });
  await rule("paused", { when: { type: "tokens", over: 1_000_000 }, paused: true });

  const check = (name: string, body: object) =>
    send("PUT", `${url}/api/v1/checks/${encodeURIComponent(name)}`, body);
  await check("says it is refunded", { test: { type: "regex", pattern: "Refunded" } });
  await check("looks the order up", {
    test: { type: "tool_called", tool: "find_order" },
    on: { agent: "desk" },
  });
  await check("within budget", { test: { type: "budget", max_usd: "0.05", max_ms: 20_000 } });
  await send("PUT", `${url}/api/v1/prices`, {
    model: "house-model",
    valid_from: "2026-01-01T00:00:00Z",
    input_per_million_usd: "0.2",
    output_per_million_usd: "0.8",
  });
}

function within(run: RunSent, attributes: Record<string, string>): RunSent {
  const [root, ...rest] = run.spans;
  if (!root) throw new Error("a run has a root");
  return {
    ...run,
    spans: [{ ...root, attributes: { ...root.attributes, ...attributes } }, ...rest],
  };
}

async function sendRuns(url: string): Promise<Pick<Shown, "runs" | "session">> {
  const ago = (ms: number) => Date.now() - ms;
  for (let day = 0; day < 7; day += 1) {
    for (let each = 0; each < 6; each += 1) {
      const start = ago(day * DAY + each * 50 * MINUTE + 5 * MINUTE);
      const owner = {
        "vedette.customer_id": each % 2 ? "acme" : "globex",
        "user.id": `user-${each}`,
      };
      await sendRun(url, {
        ...within(supportRun("desk", { success: each % 4 !== 0 }), {
          ...owner,
          "vedette.workflow": each % 3 ? "refunds" : "returns of goods that came broken",
          "vedette.feature": "chat",
        }),
        start,
      });
    }
    await sendRun(url, {
      ...supportRun(LONG_NAME, { error: "no seat left" }),
      start: ago(day * DAY + MINUTE),
    });
  }
  // Each message of its own makes an incident of its own.
  const words = ["seat", "stock", "answer", "licence", "route", "index", "socket", "quota", "lock"];
  for (const [at, word] of words.entries()) {
    for (let again = 0; again <= at % 3; again += 1) {
      await sendRun(url, {
        ...supportRun(at % 2 ? "desk" : "pay", { error: `no ${word} was left for the caller` }),
        start: ago((at * 37 + again * 11) * MINUTE),
      });
    }
  }
  const session = "chat-of-ann";
  const said = ["Where is my order?", "And my money?", "**Thank you!**\n\n1. one\n2. two"];
  for (const [at, input] of said.entries()) {
    const own = {
      "session.id": session,
      "user.id": "ann",
      "vedette.input": input,
      "vedette.output": `Answer ${at + 1}: ${"it is on its way, ".repeat(at * 8 + 1)}and that is all.`,
    };
    await sendRun(url, { ...within(supportRun("desk"), own), start: ago((90 - at * 20) * MINUTE) });
  }
  // Checks ask of what ends after they were made.
  for (const agent of ["desk", "desk", "pay"]) {
    await sendRun(url, { ...supportRun(agent), start: Date.now() });
  }
  await sendRun(url, { ...loopRun("crawler", 3), start: Date.now() });
  await sendRun(url, withModel(supportRun("desk"), "house-model"));
  await sendRun(url, withModel(supportRun("pay"), "nobody-prices-this-model-2026-11"));
  const running = `run_eu_${hex(16)}`;
  const startedAt = new Date(ago(4 * MINUTE)).toISOString();
  await send("POST", `${url}/v1/runs`, {
    id: running,
    agent: "long-worker",
    started_at: startedAt,
  });
  return {
    session,
    runs: {
      parallel: await sendRun(url, parallelRun("planner")),
      loop: await sendRun(url, loopRun("crawler")),
      several: await sendRun(url, agentsRun()),
      hostile: await sendRun(url, hostileRun("hostile <b>agent</b>")),
      failed: await sendRun(url, supportRun("desk", { error: "429 Too Many Requests" })),
      long: await sendRun(url, supportRun(LONG_NAME, { error: "no seat left ".repeat(80) })),
      running,
    },
  };
}

/** Expected and come, late, failed, missed, paused, and of a name that is too long. */
async function pings(url: string) {
  const ping = (agent: string, status: string, secondsAgo: number) => {
    const at = new Date(Date.now() - secondsAgo * 1000).toISOString();
    return send("POST", `${url}/v1/heartbeats`, { agent, status, started_at: at, finished_at: at });
  };
  const schedule = (agent: string, body: object) =>
    send("PUT", `${url}/api/v1/heartbeats/${encodeURIComponent(agent)}`, body);
  for (let at = 40; at > 0; at -= 1) {
    if (at % 9 !== 0) await ping("backup", at % 13 === 0 ? "fail" : "ok", at * 60);
  }
  await schedule("backup", { every_seconds: 60, grace_seconds: 5 });
  await ping("nightly-report", "ok", 600);
  await schedule("nightly-report", { cron: "0 3 * * *", time_zone: "Europe/Berlin" });
  await schedule("mirror", { every_seconds: 1, grace_seconds: 0 });
  await schedule("holiday", { cron: "30 3 * * 1-5", time_zone: "UTC", paused: true });
  await schedule(LONG_NAME, { cron: "*/5 * * * *", time_zone: "America/New_York" });
}

/** Until what is watched has caught up with all of it. */
async function seen(url: string) {
  const states = async () => {
    const answer = await fetch(`${url}/api/v1/deliveries?limit=100`);
    const { deliveries } = (await answer.json()) as { deliveries: { state: string }[] };
    return deliveries.map(({ state }) => state);
  };
  const incidents = async () => {
    const answer = await fetch(`${url}/api/v1/incidents?limit=100`);
    return ((await answer.json()) as { incidents: object[] }).incidents.length;
  };
  await expect.poll(incidents, { timeout: 60_000 }).toBeGreaterThan(10);
  await expect.poll(states, { timeout: 60_000 }).toContain("delivered");
}
