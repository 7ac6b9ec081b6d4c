import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the pages come from Vite and everything else from a running `vedette serve`.
const target = process.env.VEDETTE_URL ?? "http://127.0.0.1:4318";
// The server takes changes from pages of its own address only, which these are in all but the port.
const server = { target, changeOrigin: true, headers: { origin: target } };

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The Content-Security-Policy allows no data: scripts or fonts; keep every asset a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
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
