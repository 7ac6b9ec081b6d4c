/** Every page and its address, on one screen. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { reachServer } from "../api/client";
import { prefetchRun, prefetchStanding } from "../api/queries";
import { prefetchAgent } from "../features/agent/queries";
import { prefetchAgents } from "../features/agents/queries";
import { parseAgentsSearch } from "../features/agents/search";
import { parseAlertsSearch } from "../features/alerts/search";
import { alertsQuery } from "../features/alerts/useAlerts";
import { parseChecksSearch } from "../features/checks/search";
import { checksQuery } from "../features/checks/useChecks";
import { parseCompareSearch } from "../features/compare/search";
import { parseCompareRunsSearch } from "../features/compareRuns/search";
import { prefetchCosts } from "../features/costs/queries";
import { parseCostsSearch } from "../features/costs/search";
import { parseHeartbeatsSearch } from "../features/heartbeats/search";
import { heartbeatsQuery } from "../features/heartbeats/useHeartbeats";
import { parseIncidentsSearch } from "../features/incidents/search";
import { prefetchIncidents } from "../features/incidents/useIncidents";
import { prefetchOverview } from "../features/overview/queries";
import { parseRunSearch } from "../features/run/search";
import { prefetchRuns } from "../features/runs/queries";
import { parseRunsSearch } from "../features/runs/search";
import { parseSessionsSearch } from "../features/sessions/search";
import { sessionsQuery } from "../features/sessions/useSessions";
import { parseSettingsSearch } from "../features/settings/search";
import { parseSqlSearch } from "../features/sql/search";
import { parseRangeSearch } from "../grammar/range";
import { Loading } from "../ui/States";
import { NotFound, RouteFailure } from "./Failure";
import { Shell } from "./Shell";
import { parseSearchText, searchText } from "./searchText";

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  notFoundComponent: NotFound,
});

/**
 * A page whose code comes when it is asked for. If the server is away, that is a failure like any other; the router
 * loads the document anew for code that is missing, which is right only where a newer server has other code.
 */
function page<M extends Record<string, unknown>, N extends keyof M>(
  importer: () => Promise<M>,
  name: N,
) {
  return lazyRouteComponent<M, N>(
    () =>
      importer().catch(async (error: unknown) => {
        await reachServer();
        throw error;
      }),
    name,
  );
}

// A loader asks beside the page's code, not after it; the page shows what it has and waits for the rest.

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Record<string, unknown>): { next?: string } =>
    // Only within this site: `//host` would lead elsewhere.
    typeof raw.next === "string" && /^\/(?![/\\])/.test(raw.next) ? { next: raw.next } : {},
  component: page(() => import("../features/login/LoginPage"), "LoginPage"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  loader: ({ context: { queryClient } }) => prefetchStanding(queryClient),
  component: Shell,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  validateSearch: parseRangeSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => void prefetchOverview(queryClient, deps),
  component: page(() => import("../features/overview/OverviewPage"), "OverviewPage"),
});

const runs = createRoute({
  getParentRoute: () => shell,
  path: "/runs",
  validateSearch: parseRunsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => prefetchRuns(queryClient, deps),
  component: page(() => import("../features/runs/RunsPage"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => shell,
  path: "/runs/$runId",
  validateSearch: parseRunSearch,
  loader: ({ context: { queryClient }, params: { runId }, preload }) =>
    void prefetchRun(queryClient, runId, preload),
  component: page(() => import("../features/run/RunPage"), "RunPage"),
});

const compareRuns = createRoute({
  getParentRoute: () => shell,
  path: "/runs/$runId/compare/$otherId",
  validateSearch: parseCompareRunsSearch,
  component: page(() => import("../features/compareRuns/CompareRunsPage"), "CompareRunsPage"),
});

const sessions = createRoute({
  getParentRoute: () => shell,
  path: "/sessions",
  validateSearch: parseSessionsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) =>
    void queryClient.prefetchInfiniteQuery(sessionsQuery(deps)),
  component: page(() => import("../features/sessions/SessionsPage"), "SessionsPage"),
});

const session = createRoute({
  getParentRoute: () => shell,
  path: "/sessions/$sessionId",
  component: page(() => import("../features/sessions/SessionPage"), "SessionPage"),
});

const agents = createRoute({
  getParentRoute: () => shell,
  path: "/agents",
  validateSearch: parseAgentsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => prefetchAgents(queryClient, deps),
  component: page(() => import("../features/agents/AgentsPage"), "AgentsPage"),
});

const agent = createRoute({
  getParentRoute: () => shell,
  path: "/agents/$name",
  validateSearch: parseRangeSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, params: { name }, deps }) =>
    prefetchAgent(queryClient, name, deps),
  component: page(() => import("../features/agent/AgentPage"), "AgentPage"),
});

const compare = createRoute({
  getParentRoute: () => shell,
  path: "/compare",
  validateSearch: parseCompareSearch,
  component: page(() => import("../features/compare/ComparePage"), "ComparePage"),
});

const incidents = createRoute({
  getParentRoute: () => shell,
  path: "/incidents",
  validateSearch: parseIncidentsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => prefetchIncidents(queryClient, deps),
  component: page(() => import("../features/incidents/IncidentsPage"), "IncidentsPage"),
});

const incident = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$incidentId",
  component: page(() => import("../features/incidents/IncidentPage"), "IncidentPage"),
});

const alerts = createRoute({
  getParentRoute: () => shell,
  path: "/alerts",
  validateSearch: parseAlertsSearch,
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(alertsQuery),
  component: page(() => import("../features/alerts/AlertsPage"), "AlertsPage"),
});

const alert = createRoute({
  getParentRoute: () => shell,
  path: "/alerts/$name",
  component: page(() => import("../features/alerts/AlertPage"), "AlertPage"),
});

const checks = createRoute({
  getParentRoute: () => shell,
  path: "/checks",
  validateSearch: parseChecksSearch,
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(checksQuery),
  component: page(() => import("../features/checks/ChecksPage"), "ChecksPage"),
});

const heartbeats = createRoute({
  getParentRoute: () => shell,
  path: "/heartbeats",
  validateSearch: parseHeartbeatsSearch,
  loader: ({ context: { queryClient } }) => void queryClient.prefetchQuery(heartbeatsQuery),
  component: page(() => import("../features/heartbeats/HeartbeatsPage"), "HeartbeatsPage"),
});

const heartbeat = createRoute({
  getParentRoute: () => shell,
  path: "/heartbeats/$agent",
  component: page(() => import("../features/heartbeats/HeartbeatPage"), "HeartbeatPage"),
});

const costs = createRoute({
  getParentRoute: () => shell,
  path: "/costs",
  validateSearch: parseCostsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient }, deps }) => prefetchCosts(queryClient, deps),
  component: page(() => import("../features/costs/CostsPage"), "CostsPage"),
});

const sql = createRoute({
  getParentRoute: () => shell,
  path: "/sql",
  validateSearch: parseSqlSearch,
  component: page(() => import("../features/sql/SqlPage"), "SqlPage"),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings",
  validateSearch: parseSettingsSearch,
  component: page(() => import("../features/settings/SettingsPage"), "SettingsPage"),
});

const upload = createRoute({
  getParentRoute: () => shell,
  path: "/traces",
  component: page(() => import("../features/upload/UploadPage"), "UploadPage"),
});

// Whatever else is asked for: said within the frame of all pages.
const unknown = createRoute({ getParentRoute: () => shell, path: "$", component: NotFound });

const routeTree = root.addChildren([
  login,
  shell.addChildren([
    home,
    incidents,
    incident,
    alerts,
    alert,
    checks,
    heartbeats,
    heartbeat,
    runs,
    run,
    compareRuns,
    sessions,
    session,
    agents,
    agent,
    compare,
    costs,
    sql,
    settings,
    upload,
    unknown,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch: parseSearchText,
    stringifySearch: searchText,
    defaultPreload: "intent",
    defaultErrorComponent: RouteFailure,
    defaultPendingComponent: () => <Loading label="Loading the page" />,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface HistoryState {
    /** The ids of the list a run was opened from, for `[` and `]`. */
    runIds?: string[];
    /** Whether the list is opened to type what is searched for. */
    searching?: boolean;
  }
}
