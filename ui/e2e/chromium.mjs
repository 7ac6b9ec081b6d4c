import { existsSync } from "node:fs";

/** The browser that is installed; CHROMIUM names another. */
export const chromiumPath =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
    existsSync(path),
  );
