/** The flame's pixels: what is drawn where, and what lies under the pointer. */
import { useEffect, useState, type RefObject } from "react";
import { kindLook } from "../../grammar/kinds";
import { placeBar, type TimeWindow } from "./timeline";
import { isFailing, type SpanTree } from "./tree";

export const LINE_HEIGHT = 22;
const TOP = 6;
const BAR = LINE_HEIGHT - 2;
const LABEL_WIDTH_MIN = 30;

const COLORS = [
  "agent",
  "llm",
  "tool",
  "retriever",
  "workflow",
  "other",
  "bad",
  "text",
  "panel",
] as const;
export type Colors = Record<(typeof COLORS)[number], string>;

/** A canvas knows no custom properties: they are read from elements, and anew with each theme. */
export function useColors(swatches: RefObject<HTMLElement | null>): Colors | null {
  const [colors, setColors] = useState<Colors | null>(null);
  useEffect(() => {
    const host = swatches.current;
    if (!host) return;
    const read = () => {
      const swatch = document.createElement("i");
      host.append(swatch);
      const found = COLORS.map((name) => {
        swatch.style.color = `var(--${name})`;
        return [name, getComputedStyle(swatch).color];
      });
      swatch.remove();
      setColors(Object.fromEntries(found) as Colors);
    };
    read();
    const media = window.matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", read);
    const chosen = new MutationObserver(read);
    chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      media.removeEventListener("change", read);
      chosen.disconnect();
    };
  }, [swatches]);
  return colors;
}

interface Drawing {
  tree: SpanTree;
  lanes: Int32Array;
  window: TimeWindow;
  width: number;
  height: number;
  scrollTop: number;
  selected: number;
  pointed: number;
  colors: Colors;
}

export function drawFlame(canvas: HTMLCanvasElement, drawing: Drawing) {
  const { tree, lanes, width, height, scrollTop, selected, pointed, colors } = drawing;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale(scale, scale);
  pen.font = "11.5px -apple-system, 'Segoe UI', Inter, 'Noto Sans', Arial, sans-serif";
  pen.textBaseline = "middle";
  const firstLane = Math.floor((scrollTop - TOP) / LINE_HEIGHT) - 1;
  const lastLane = Math.ceil((scrollTop + height) / LINE_HEIGHT);
  /** Where the last bar of each line ended: thousands in one pixel are drawn as one. */
  const drawnTo = new Map<number, number>();
  tree.nodes.forEach((node, at) => {
    const lane = lanes[at] ?? 0;
    if (lane < firstLane || lane > lastLane) return;
    const bar = placeBar(node.startMs, node.endMs, drawing.window);
    if (!bar) return;
    const left = bar.left * width;
    const right = Math.max(left + 1.5, (bar.left + bar.width) * width - 0.5);
    const marked = at === selected || at === pointed || isFailing(node.span);
    if (!marked && right <= (drawnTo.get(lane) ?? -1) + 0.5) return;
    drawnTo.set(lane, Math.max(right, drawnTo.get(lane) ?? 0));
    const top = TOP + lane * LINE_HEIGHT - scrollTop;
    const color = isFailing(node.span) ? colors.bad : colors[kindLook(node.span.kind).hue];
    pen.fillStyle = color;
    pen.globalAlpha = at === pointed ? 0.5 : 0.28;
    pen.fillRect(left, top, right - left, BAR);
    pen.globalAlpha = 1;
    pen.fillRect(left, top, Math.min(2, right - left), BAR);
    if (at === selected) {
      pen.strokeStyle = colors.text;
      pen.lineWidth = 1.5;
      pen.strokeRect(left + 0.75, top + 0.75, Math.max(1, right - left - 1.5), BAR - 1.5);
    }
    if (right - left > LABEL_WIDTH_MIN) label(pen, node.span.name, left, right, top, colors.text);
  });
}

function label(
  pen: CanvasRenderingContext2D,
  name: string,
  left: number,
  right: number,
  top: number,
  color: string,
) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left - 3, BAR);
  pen.clip();
  pen.fillStyle = color;
  // More than fits is cut by the clip; a name may be a megabyte.
  pen.fillText(name.slice(0, 200), left + 6, top + BAR / 2 + 0.5);
  pen.restore();
}

/** The span at a place of the whole drawing; the smallest where several share a pixel. */
export function spanUnder(
  tree: SpanTree,
  lanes: Int32Array,
  window: TimeWindow,
  width: number,
  x: number,
  y: number,
): number {
  const lane = Math.floor((y - TOP) / LINE_HEIGHT);
  const perPx = (window.toMs - window.fromMs) / (width || 1);
  const at = window.fromMs + x * perPx;
  let best = -1;
  let bestLength = Infinity;
  tree.nodes.forEach((node, index) => {
    if (lanes[index] !== lane) return;
    if (node.startMs > at + perPx || Math.max(node.endMs, node.startMs + 2 * perPx) < at - perPx)
      return;
    const length = node.endMs - node.startMs;
    if (length < bestLength) {
      best = index;
      bestLength = length;
    }
  });
  return best;
}
