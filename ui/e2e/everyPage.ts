/** Every page and its important states, by address: what pictures are taken of, and what tests of all pages walk. */
import type { Page } from "@playwright/test";
import { LONG_NAME, type Shown } from "./shownData";

export interface PageState {
  path: string;
  /** What is done after it shows. */
  act?: (page: Page) => Promise<void>;
}

const QUESTION =
  "SELECT agent, count(*) AS runs, avg(cost_usd) AS average_cost FROM runs GROUP BY agent ORDER BY runs DESC";

const encoded = encodeURIComponent;

async function firstId(url: string, path: string, list: string): Promise<string> {
  const answer = (await (await fetch(url + path)).json()) as Record<string, { id: string }[]>;
  const first = answer[list]?.[0]?.id;
  if (!first) throw new Error(`${path} has no ${list}`);
  return first;
}

/** Of a server that has something of everything. */
export async function fullPages({ url, runs, session }: Shown): Promise<Record<string, PageState>> {
  const run = (query: string) => firstId(url, `/api/v1/runs?limit=1&${query}`, "runs");
  const real = await run("success=false&tool=calculate");
  const handedOver = await run("agent=Triage%20Agent");
  const compared = [
    await run("q=task%202,&success=false"),
    await run("q=task%202,&success=true"),
  ].join("/compare/");
  const incident = await firstId(url, "/api/v1/incidents?limit=1", "incidents");
  const ofRun = (id: string, views: string[]) =>
    Object.fromEntries(views.map((view) => [view, { path: `/runs/${id}?view=${view}` }]));
  const { talk, agents, flame } = ofRun(handedOver, ["talk", "agents", "flame"]) as Record<
    "talk" | "agents" | "flame",
    PageState
  >;
  const tab = (name: string): PageState => ({ path: `/runs/${runs.failed}?tab=${name}` });
  return {
    overview: { path: "/" },
    "overview-week": { path: "/?since=7d" },
    help: {
      path: "/",
      act: async (page) => {
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
      },
    },
    agents: { path: "/agents" },
    agent: { path: "/agents/desk" },
    "agent-real": { path: "/agents/airline-support" },
    "agent-long": { path: `/agents/${LONG_NAME}` },
    compare: { path: "/compare?a=airline-support&b=desk" },
    "compare-choose": { path: "/compare" },
    runs: { path: "/runs" },
    "runs-narrowed": { path: "/runs?status=failed&agent=desk&since=7d" },
    "runs-outcomes": { path: "/runs?agent=airline-support" },
    "runs-nothing": { path: "/runs?agent=airline-support&model=no-such-model&since=all" },
    "run-real": { path: `/runs/${real}` },
    "run-failed": { path: `/runs/${runs.failed}` },
    "run-tab-attributes": tab("attributes"),
    "run-tab-events": tab("events"),
    "run-tab-raw": tab("raw"),
    "run-tab-explain": tab("explain"),
    "run-running": { path: `/runs/${runs.running}` },
    "run-parallel": { path: `/runs/${runs.parallel}` },
    "run-loop": { path: `/runs/${runs.loop}` },
    "run-hostile": { path: `/runs/${runs.hostile}` },
    "run-long": { path: `/runs/${runs.long}` },
    "run-talk": talk,
    "run-agents": agents,
    "run-flame": flame,
    "run-loop-flame": { path: `/runs/${runs.loop}?view=flame` },
    "run-loop-agents": { path: `/runs/${runs.loop}?view=agents` },
    "run-several-talk": { path: `/runs/${runs.several}?view=talk` },
    "compare-runs": { path: `/runs/${compared}?step=5` },
    sessions: { path: "/sessions" },
    session: { path: `/sessions/${session}` },
    costs: { path: "/costs" },
    "costs-customer": { path: "/costs?by=customer" },
    incidents: { path: "/incidents" },
    "incidents-all": { path: "/incidents?status=all" },
    incident: { path: `/incidents/${incident}` },
    alerts: { path: "/alerts" },
    "alerts-new": {
      path: "/alerts?new=yes",
      act: async (page) => {
        const form = page.getByRole("form", { name: "Rule" });
        await form.getByLabel("Agent").fill("desk");
        await form.getByRole("button", { name: /^Try it/ }).click();
        await form.getByText(/It would/).waitFor();
      },
    },
    alert: { path: `/alerts/${encoded("desk fails")}` },
    "alert-several": { path: `/alerts/${encoded("anything missed, or slow and failing")}` },
    checks: { path: "/checks" },
    "checks-new": { path: "/checks?new=yes" },
    check: { path: `/checks?check=${encoded("says it is refunded")}` },
    heartbeats: { path: "/heartbeats" },
    "heartbeats-new": { path: "/heartbeats?new=yes" },
    heartbeat: { path: "/heartbeats/backup" },
    "heartbeat-long": { path: `/heartbeats/${LONG_NAME}` },
    sql: { path: `/sql?q=${encoded(QUESTION)}` },
    "sql-chart": { path: `/sql?q=${encoded(QUESTION)}&view=chart` },
    "sql-refused": { path: `/sql?q=${encoded("SELECT nothing FROM nowhere")}` },
    settings: { path: "/settings" },
    "settings-keys": { path: "/settings?tab=keys" },
    "settings-channels": { path: "/settings?tab=channels" },
    "settings-channel-changed": {
      path: "/settings?tab=channels",
      act: (page) => page.getByRole("button", { name: "Change ops" }).click(),
    },
    "settings-incidents": { path: "/settings?tab=incidents" },
    "settings-prices": { path: "/settings?tab=prices" },
    "settings-data": { path: "/settings?tab=data" },
    upload: { path: "/traces" },
    uploaded: {
      path: "/traces",
      act: async (page) => {
        await page.getByLabel("Trace files").setInputFiles({
          name: "runs.jsonl",
          mimeType: "application/x-ndjson",
          buffer: Buffer.from("this is not JSON\n{}\n"),
        });
        await page.getByRole("table", { name: "Lines refused" }).waitFor();
      },
    },
    login: { path: "/login" },
    "no-page": { path: "/no-such-page" },
    "no-run": { path: "/runs/00000000000000000000000000000000" },
    "no-session": { path: "/sessions/none" },
    "no-incident": { path: "/incidents/inc_none" },
    "no-alert": { path: "/alerts/none" },
  };
}

/** Pages that say something else on a server that has nothing, or that does not answer. */
export const BARE_PAGES: Record<string, PageState> = {
  overview: { path: "/" },
  agents: { path: "/agents" },
  agent: { path: "/agents/nobody" },
  compare: { path: "/compare?a=x&b=y" },
  runs: { path: "/runs" },
  sessions: { path: "/sessions" },
  costs: { path: "/costs" },
  incidents: { path: "/incidents" },
  alerts: { path: "/alerts" },
  checks: { path: "/checks" },
  heartbeats: { path: "/heartbeats" },
  heartbeat: { path: "/heartbeats/nobody" },
  sql: { path: `/sql?q=${encoded("SELECT 1 AS one WHERE false")}` },
  "settings-keys": { path: "/settings?tab=keys" },
  "settings-channels": { path: "/settings?tab=channels" },
  "settings-prices": { path: "/settings?tab=prices" },
  "settings-data": { path: "/settings?tab=data" },
};

/** Until it shows what it has to say. The stream stays open, so that the network never rests. */
export async function shows(page: Page, url: string, { path, act }: PageState) {
  await page.goto(url + path);
  await page.locator("h1, [role=alert]").first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-label^="Loading"]'));
  await act?.(page);
}
