import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** `npm run shots`: not tests, but pictures for people to look at. */
export default defineConfig({
  ...tests,
  testMatch: "shots.ts",
  timeout: 120_000,
  outputDir: "../test-results/shots-failed",
  use: { ...tests.use, screenshot: "off" },
});
