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
  /** Ends it as a crash does; what it holds stays. */
  kill: () => Promise<void>;
  /** Starts it again, at the same address and on what it held. */
  restart: () => Promise<void>;
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
  const listening = (address: string) =>
    spawn(BINARY, [command, "--data", data, "--listen", address, ...options], {
      stdio: ["ignore", "pipe", "inherit"],
      // Not what the SDKs of this machine's user have left unsent.
      env: { ...process.env, VEDETTE_SPOOL: join(data, "spool") },
    });
  let child = listening("127.0.0.1:0");
  const url = await printedUrl(child);
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  return {
    url,
    command: (...args) => execFileSync(BINARY, [...args, "--data", data], { encoding: "utf8" }),
    kill: () => end("SIGKILL"),
    restart: async () => {
      child = listening(new URL(url).host);
      await printedUrl(child);
    },
    stop: async () => {
      await end("SIGTERM");
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
