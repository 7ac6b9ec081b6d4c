/**
 * Where in the list one was, over a reload: how many rows were there and how far it was scrolled.
 * Within the page the router keeps the place and the cache the rows.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "react";

const KEY = "vedette.runs.place";

interface Place {
  href: string;
  rows: number;
  y: number;
}

function kept(): Place | null {
  try {
    const place = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Place | null;
    return place?.href === window.location.href ? place : null;
  } catch {
    return null;
  }
}

/** The number of rows to ask for first, so that the place to come back to is there; else null. */
export function keptRows(): number | null {
  return kept()?.rows ?? null;
}

/** Notes the place when the page goes away, and comes back to it once as many rows are there. */
export function useKeptPlace(rows: number) {
  const latest = useRef(rows);
  const [place] = useState(kept);
  const isBack = useRef(false);
  useEffect(() => {
    latest.current = rows;
  });
  useLayoutEffect(() => {
    if (!place || isBack.current || rows === 0) return;
    isBack.current = true;
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // Then it was not kept either.
    }
    // After the table has taken its height.
    requestAnimationFrame(() => window.scrollTo(0, place.y));
  }, [place, rows]);
  useEffect(() => {
    const note = () => {
      try {
        const left: Place = {
          href: window.location.href,
          rows: latest.current,
          y: window.scrollY,
        };
        sessionStorage.setItem(KEY, JSON.stringify(left));
      } catch {
        // It opens at the top then.
      }
    };
    window.addEventListener("pagehide", note);
    return () => window.removeEventListener("pagehide", note);
  }, []);
}
