/** The pages in the order of the side bar. A new page is a line here and one in routes.tsx. */
export const NAV = [
  { to: "/runs", label: "Runs" },
  { to: "/sessions", label: "Sessions" },
  { to: "/agents", label: "Agents" },
  { to: "/traces", label: "Upload" },
] as const;
