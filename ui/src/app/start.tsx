/** Draws the page of the address. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "../api/client";
import { queryClient } from "../api/queryClient";
import { firstSentencePainted } from "../features/overview/firstSentence";
import "../ui/tokens.css";
import "../ui/base.css";
import { createAppRouter } from "./routes";

/** Without a key, or with one revoked since, any answer leads to the login and back. */
function toLogin(error: Error) {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  const { pathname, href } = router.state.location;
  if (pathname !== "/login") void router.navigate({ to: "/login", search: { next: href } });
}

for (const cache of [queryClient.getQueryCache(), queryClient.getMutationCache()]) {
  cache.subscribe((event) => {
    if (event.type === "updated" && event.action.type === "error") toLogin(event.action.error);
  });
}

const router = createAppRouter(queryClient);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

/** Once the page can be drawn whole, so that nothing else stands in its place for a moment. */
async function draw(into: HTMLElement) {
  // What fails is told by the page that is drawn.
  await router.load().catch(() => undefined);
  await firstSentencePainted();
  createRoot(into).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
void draw(root);
