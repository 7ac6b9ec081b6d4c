/**
 * The `test` of these files: a server, and a page that fails the test when it logs an error, asks
 * another host for anything, or breaks a rule of accessibility.
 */
import AxeSource from "axe-core";
import { expect, test as base, type Page } from "@playwright/test";
import { startServer, type Server } from "./server";

export const test = base.extend<
  { watched: void; refusals: RegExp; fresh: Server },
  { server: string }
>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names from here
    async ({}, use) => {
      const given = process.env.VEDETTE_URL;
      if (given) return use(given);
      const server = await startServer();
      await use(server.url);
      await server.stop();
    },
    { scope: "worker" },
  ],
  /** An empty server for one test. The page leaves it before it stops, else it would log the loss. */
  fresh: async ({ page }, run) => {
    const server = await startServer();
    await run(server);
    await page.goto("about:blank");
    await server.stop();
  },
  /** What the browser itself logs of refused requests; a test of failures expects others. */
  refusals: [/status of 40[0134]/, { option: true }],
  watched: [
    async ({ page, server, refusals }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" && !refusals.test(message.text())) {
          complaints.push(message.text());
        }
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => {
        const url = new URL(request.url());
        // A test may have a server of its own; what its page asks for is that server's too.
        const own = [server, request.isNavigationRequest() ? request.url() : request.frame().url()];
        if (url.protocol !== "data:" && !own.some((each) => new URL(each).origin === url.origin)) {
          complaints.push(`asked another host: ${request.url()}`);
        }
      });
      await use();
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

declare global {
  interface Window {
    axe: typeof AxeSource;
  }
}

/** No violation of WCAG 2.2 A and AA, contrast included. */
export async function expectAccessible(page: Page) {
  expect(await accessibilityFaults(page)).toEqual([]);
}

export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Through the debugger, as the page's own policy allows no foreign script.
  await page.evaluate(AxeSource.source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`,
    );
  });
}
