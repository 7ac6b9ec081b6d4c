/**
 * The real server that pages are tested against: the one at VEDETTE_URL, else one started from the
 * binary VEDETTE_BIN, in memory or on a folder of its own.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

export const BINARY =
  process.env.VEDETTE_BIN ??
  join(process.env.VEDETTE_CACHE ?? join(homedir(), ".cache/vedette"), "target/debug/vedette");

export interface Server {
  url: string;
  /** Runs a command of the binary on the same data. */
  command: (...args: string[]) => string;
  stop: () => Promise<void>;
}

/** With more options of `vedette serve`, if any. */
export function startServer(...options: string[]): Promise<Server> {
  return start("serve", options);
}

/** With what `make demo` shows. */
export function startDemo(...options: string[]): Promise<Server> {
  return start("demo", options);
}

async function start(command: string, options: string[]): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "vedette-e2e-"));
  const child = spawn(BINARY, [command, "--data", data, "--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
    // Not what the SDKs of this machine's user have left unsent.
    env: { ...process.env, VEDETTE_SPOOL: join(data, "spool") },
  });
  const url = await printedUrl(child);
  return {
    url,
    command: (...args) => execFileSync(BINARY, [...args, "--data", data], { encoding: "utf8" }),
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}
