import { expect, it } from "vitest";
import { sentenceText } from "../../ui/Sentence";
import { alertsSentence, alertState } from "./state";
import { stretchesOf } from "./trial";

const now = new Date(2026, 2, 14, 12, 0).getTime();
const clock = (hours: number) => new Date(2026, 2, 14, hours).toISOString();
const rule = (name: string, more = {}) => ({
  name,
  paused: false,
  snoozed_until: null,
  firing_since: null,
  flapping: false,
  ...more,
});

it.each([
  [{}, "ok"],
  [{ firing_since: clock(3) }, "firing"],
  [{ firing_since: clock(3), snoozed_until: clock(13) }, "snoozed"],
  [{ firing_since: clock(3), snoozed_until: clock(11) }, "firing"],
  [{ firing_since: clock(3), paused: true }, "paused"],
  [{ flapping: true }, "flapping"],
])("%j is %s", (more, state) => {
  expect(alertState(rule("a", more), now)).toBe(state);
});

it.each([
  [[], "No rule watches yet."],
  [[rule("a")], "No rule fires of the 1 rule that watches."],
  [[rule("a", { paused: true })], "Every rule is snoozed or paused."],
  [
    [rule("a", { firing_since: clock(3) }), rule("b", { paused: true })],
    "1 rule fires, since today 03:00: a. 1 snoozed or paused.",
  ],
  [
    [rule("a", { firing_since: clock(3) }), rule("b", { firing_since: clock(2) })],
    "2 rules fire, the longest since today 02:00: b.",
  ],
])("%#: all of them", (rules, said) => {
  expect(sentenceText(alertsSentence(rules, now))).toBe(said);
});

it("pairs what would have fired with its end", () => {
  const told = (type: string, since: string, occurred_at: string) => ({
    type,
    since,
    occurred_at,
    what: `${type} at ${since}`,
  });
  const until = Date.parse(clock(12));
  expect(
    stretchesOf(
      [
        told("alert.fired", clock(2), clock(2)),
        told("alert.recovered", clock(2), clock(4)),
        told("alert.fired", clock(8), clock(8)),
      ],
      until,
    ),
  ).toEqual([
    {
      fromMs: Date.parse(clock(2)),
      toMs: Date.parse(clock(4)),
      over: true,
      what: `alert.fired at ${clock(2)}`,
    },
    { fromMs: Date.parse(clock(8)), toMs: until, over: false, what: `alert.fired at ${clock(8)}` },
  ]);
  expect(stretchesOf([], until)).toEqual([]);
});
