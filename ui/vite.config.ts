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
// What every page needs to be drawn.
const FRAME =
  /[\\/]node_modules[\\/](react-dom|scheduler|use-sync-external-store|@base-ui|@floating-ui|@tanstack[\\/](react-router|router-core|history|store|react-store))[\\/]/;
const TABLES =
  /[\\/]node_modules[\\/]@tanstack[\\/](react-table|table-core|react-virtual|virtual-core)[\\/]|[\\/]DataTable\.tsx$/;

/** The entry loads the rest when it has asked the server; the browser begins to load it at once. */
const preloadStart: Plugin = {
  name: "preload-start",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { bundle }) => {
      const chunks = Object.values(bundle ?? {}).filter((each) => each.type === "chunk");
      const entry = chunks.find(({ isEntry }) => isEntry)?.fileName;
      const start = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith("/start.tsx"));
      const files = start
        ? [...start.imports, start.fileName].filter((file) => file !== entry)
        : [];
      return files.map((file) => ({
        tag: "link",
        attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` },
        injectTo: "head",
      }));
    },
  },
};

export default defineConfig({
  plugins: [react(), preloadStart],
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
            {
              name: "shared",
              minShareCount: 3,
              test: (id) => !CHARTS.test(id) && !TABLES.test(id),
              priority: 1,
            },
            { name: "charts", test: CHARTS },
            { name: "tables", test: TABLES },
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
