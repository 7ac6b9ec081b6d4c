import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// In development the pages come from Vite and everything else from a running `vedette serve`.
const target = process.env.VEDETTE_URL ?? "http://127.0.0.1:4318";
// The server takes changes from pages of its own address only, which these are in all but the port.
const server = { target, changeOrigin: true, headers: { origin: target } };

// What only some pages need, and then all of it.
const CHARTS =
  /[\\/]node_modules[\\/](@visx|d3-[a-z-]+|reduce-css-calc|reduce-function-call|math-expression-evaluator|balanced-match)[\\/]|[\\/]src[\\/]charts[\\/](?!FigureCharts)\w+\.tsx$/;
// What every page needs to be drawn, with all that it imports.
const FRAME = /[\\/]src[\\/]app[\\/]/;
// What opens over a page, fetched when it is reached for; what it has in common with tabs lies with those.
const POPUPS =
  /[\\/]node_modules[\\/](@base-ui|@floating-ui)[\\/]|[\\/]src[\\/]ui[\\/](Dialog|Menu)\.tsx$/;
const TABS = /[\\/]src[\\/]ui[\\/]Tabs\.tsx$/;
// What only the first page needs, with its parts that other pages show too.
const OVERVIEW = /[\\/]src[\\/]features[\\/]overview[\\/]/;
const TABLES =
  /[\\/]node_modules[\\/]@tanstack[\\/](react-table|table-core|react-virtual|virtual-core)[\\/]|[\\/]DataTable\.tsx$/;

/** The entry loads the frame when it has asked the server; the browser begins to load it at once. */
const preloadFrame: Plugin = {
  name: "preload-frame",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { bundle }) =>
      Object.values(bundle ?? {})
        .filter((each) => each.type === "chunk" && each.name === "frame")
        .map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head",
        })),
  },
};

export default defineConfig({
  plugins: [react(), preloadFrame],
  build: {
    target: "es2022",
    // The Content-Security-Policy allows no data: scripts or fonts; keep every asset a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // Few files: a browser asks for six at once, and waits for the last.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "questions", tags: ["$initial"], priority: 3 },
            { name: "frame", test: FRAME, priority: 2 },
            { name: "tabs", test: TABS, priority: 2 },
            { name: "popups", test: POPUPS, priority: 2 },
            {
              name: "shared",
              minShareCount: 3,
              test: (id) => !CHARTS.test(id) && !TABLES.test(id),
              priority: 1,
            },
            { name: "charts", test: CHARTS },
            { name: "tables", test: TABLES },
            { name: "overview", test: OVERVIEW },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/traces": {
        ...server,
        // The upload page and the upload door share a path: only the page is Vite's.
        bypass: (request) =>
          request.method === "GET" && request.url?.split("?")[0] === "/traces"
            ? "/index.html"
            : undefined,
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
