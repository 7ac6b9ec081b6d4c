/** The pages in the order of the side bar. A new page is a line here and one in routes.tsx. */
export const NAV = [
  { to: "/", label: "Overview", ranged: true },
  { to: "/incidents", label: "Incidents", ranged: false },
  { to: "/agents", label: "Agents", ranged: true },
  { to: "/runs", label: "Runs", ranged: true },
  { to: "/sessions", label: "Sessions", ranged: true },
  { to: "/costs", label: "Costs", ranged: true },
  { to: "/alerts", label: "Alerts", ranged: false },
  { to: "/heartbeats", label: "Heartbeats", ranged: false },
  { to: "/checks", label: "Checks", ranged: false },
  { to: "/sql", label: "SQL", ranged: false },
  { to: "/traces", label: "Upload", ranged: false },
  { to: "/settings", label: "Settings", ranged: false },
] as const;
