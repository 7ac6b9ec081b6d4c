import { describe, expect, it } from "vitest";
import { agentGraph } from "./graph";
import { fitted } from "./graphLayout";
import { span, type SpanCase } from "./testSpans";
import { buildTree } from "./tree";

const graphOf = (cases: SpanCase[]) => agentGraph(buildTree(cases.map(span)));
const child = (id: string, parent: string | null): SpanCase => ({
  id,
  parent,
  kind: "agent",
  agent: id,
});
const chain = graphOf(["a", "b", "c", "d"].map((id, at, all) => child(id, all[at - 1] ?? null)));
const fan = graphOf([
  child("a", null),
  ...Array.from({ length: 20 }, (_, at) => ({ ...child(`sub ${at}`, "a"), from: at })),
]);

describe("fitted", () => {
  it("goes from left to right where there is room", () => {
    const { zoom, width, height } = fitted(chain, 1000);
    expect([zoom, width > height]).toEqual([1, true]);
  });

  it("goes downwards where that is seen whole", () => {
    const { zoom, width, height } = fitted(chain, 360);
    expect([zoom, width < height, width <= 360]).toEqual([1, true, true]);
  });

  it("keeps the order in which things ran", () => {
    const [, ...subs] = fitted(fan, 1000).nodes;
    expect(subs.toSorted((a, b) => a.y - b.y).map(({ label }) => label)).toEqual(
      Array.from({ length: 20 }, (_, at) => `sub ${at}`),
    );
  });

  it("stays from left to right where downwards would be wider still, and readable", () => {
    const { zoom, width, height } = fitted(fan, 300);
    expect([zoom, width < height]).toEqual([0.85, true]);
  });
});
