/**
 * The one way to ask the server: typed by schema.ts, and every failure an ApiError.
 * Nothing here knows of React; queries.ts holds what pages ask for.
 */
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import { answered } from "./stream";
import type { ErrorBody, UploadReport } from "./types";

export const client = createClient<paths>({
  baseUrl: "/",
  credentials: "same-origin",
  // Looked up at each call, so that it is the page's fetch and not one captured at load.
  fetch: (request) => globalThis.fetch(request),
});

/** `status` 0 means that no answer came: the server is down or unreachable. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether the same may be answered later, as nothing is wrong with what was asked: no answer, too busy, a fault. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Why a page or a part of it has nothing to show. An earlier answer stands while the server is away, too busy or
 * failing, and app/Outdated.tsx says from when it is; it does not where what it told is gone or may not be seen any more.
 */
export function failureOf(...asked: { error: Error | null; data: unknown }[]): Error | null {
  const fails = asked.find(
    ({ error, data }) =>
      error && !(data !== undefined && error instanceof ApiError && error.passes),
  );
  return fails?.error ?? null;
}

function apiError(status: number, body: unknown): ApiError {
  if (typeof body === "object" && body !== null && "message" in body) {
    const { error, message, field } = body as ErrorBody;
    return new ApiError(status, error ?? "unknown", message, field ?? null);
  }
  return new ApiError(status, "unknown", `the server answered ${status}`);
}

/**
 * Takes what `client.GET` and its sisters return; gives the body or throws an ApiError. The caller
 * names the shape as types.ts does, which knows more than the server's document can say.
 */
export async function answer<T>(
  call: Promise<{ data?: unknown; error?: unknown; response: Response }>,
): Promise<T> {
  let result;
  try {
    result = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "the server did not answer");
  }
  const sequence = result.response.headers.get("vedette-sequence");
  if (sequence !== null) answered(Number(sequence));
  if (!result.response.ok) throw apiError(result.response.status, result.error);
  return result.data as T;
}

/** Whether anything answers, whatever it says: else the failure of all that goes unanswered. */
export async function reachServer(): Promise<void> {
  try {
    await fetch("/favicon.svg", { method: "HEAD", cache: "no-store" });
  } catch {
    throw new ApiError(0, "unreachable", "the server did not answer");
  }
}

/** Trades a key for a cookie that no script can read. Stands outside the documented API. */
export function login(key: string): Promise<void> {
  return post("/api/v1/login", { key });
}

export function logout(): Promise<void> {
  return post("/api/v1/logout", {});
}

async function post(path: string, body: object): Promise<void> {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "unreachable", "the server did not answer");
  }
  if (!response.ok) {
    throw apiError(response.status, await response.json().catch(() => null));
  }
}

/** Sends a file to `POST /traces`. XMLHttpRequest, since fetch tells no upload progress. */
export function uploadTraces(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<UploadReport> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/traces");
    request.setRequestHeader("Content-Type", contentType(file.name));
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as UploadReport);
      else reject(apiError(request.status, request.response));
    });
    request.addEventListener("error", () =>
      reject(new ApiError(0, "unreachable", "the server did not answer")),
    );
    request.addEventListener("abort", () =>
      reject(new ApiError(0, "stopped", "the upload was stopped")),
    );
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** By the file's name: JSONL unless it says otherwise. */
export function contentType(fileName: string): string {
  if (fileName.endsWith(".pb")) return "application/x-protobuf";
  if (fileName.endsWith(".json")) return "application/json";
  return "application/x-ndjson";
}
