// Sets the chosen theme before the first paint; src/app/theme.ts is the switch that writes it.
try {
  const chosen = localStorage.getItem("vedette.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden; the system's preference holds then.
}
