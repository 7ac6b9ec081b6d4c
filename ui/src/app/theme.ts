/** The theme switch: the system's choice unless one is made. public/theme.js applies it at load. */
import { useState } from "react";

export type Theme = "system" | "light" | "dark";
const KEY = "vedette.theme";

function stored(): Theme {
  try {
    const chosen = localStorage.getItem(KEY);
    return chosen === "light" || chosen === "dark" ? chosen : "system";
  } catch {
    return "system";
  }
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(stored);
  return [
    theme,
    (next) => {
      setTheme(next);
      if (next === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = next;
      try {
        if (next === "system") localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
      } catch {
        // Not kept then; the choice holds for this page.
      }
    },
  ];
}
