/** Where a server with accounts asks for a key. The key goes to the server once; a cookie stays. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { ApiError, login } from "../../api/client";
import { Brand } from "../../app/Shell";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/States";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import styles from "./LoginPage.module.css";

export function LoginPage() {
  const { next = "/runs" } = useSearch({ from: "/login" });
  const router = useRouter();
  const queryClient = useQueryClient();
  useDocumentTitle("Log in");
  const entering = useMutation({
    mutationFn: login,
    onSuccess: () => {
      // What was refused before the key is asked for anew.
      queryClient.clear();
      router.history.push(next);
    },
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    if (key !== "") entering.mutate(key);
  }
  return (
    <main className={styles.page}>
      <form className={styles.form} onSubmit={submit}>
        <Brand />
        <h1>Log in with a key</h1>
        <p className="dim">
          This server keeps accounts. Use a key with the scope <code>read</code>.
        </p>
        <label className={styles.field}>
          Key
          {/* A password field, so that the browser's own safe may keep it. */}
          <input name="key" type="password" autoComplete="current-password" required autoFocus />
        </label>
        {entering.isError ? (
          <Notice tone="bad" role="alert">
            {refusal(entering.error)}
          </Notice>
        ) : null}
        <Button type="submit" look="primary" disabled={entering.isPending}>
          {entering.isPending ? "Checking…" : "Log in"}
        </Button>
        <p className={styles.help}>
          No key? On the server: <code>vedette keys create --account NAME --scope read</code>
        </p>
      </form>
    </main>
  );
}

function refusal(error: Error): string {
  if (error instanceof ApiError && error.status === 401) {
    return "This key is not known here, or it was revoked.";
  }
  return error.message;
}
