import { defineConfig } from "@playwright/test";
import { chromiumPath } from "./chromium.mjs";

// Nothing is downloaded: the browser is the one installed.
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  timeout: 30_000,
  expect: { timeout: 10_000 },
  workers: 1,
  forbidOnly: true,
  reporter: "list",
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromiumPath ?? "chromium is not installed" },
    screenshot: "only-on-failure",
  },
});
