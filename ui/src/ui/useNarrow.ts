import { useSyncExternalStore } from "react";

const TELEPHONE_PX = 640;

/** Whether the screen is at most so wide, by default a telephone's. Layout that CSS can do stays in CSS. */
export function useNarrow(widthMax = TELEPHONE_PX): boolean {
  const query = `(max-width: ${widthMax}px)`;
  return useSyncExternalStore(
    (onChange) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", onChange);
      return () => media.removeEventListener("change", onChange);
    },
    () => window.matchMedia(query).matches,
  );
}
