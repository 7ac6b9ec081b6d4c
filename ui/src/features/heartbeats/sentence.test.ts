import { expect, it } from "vitest";
import type { Expectation, Heartbeat } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { expectationWords, scheduleWords, stripWords } from "./answers";
import { heartbeatSentence, heartbeatsSentence } from "./sentence";
import { setupLines } from "./setup";

const now = new Date(2026, 2, 14, 12, 0).getTime();
const clock = (hours: number, minutes = 0) => new Date(2026, 2, 14, hours, minutes).toISOString();

const beat = (agent: string, state: string, since: string | null = null, missed = 0) =>
  ({
    agent,
    state,
    missing_since: since,
    missed,
    cron: "0 3 * * *",
    time_zone: null,
    every_seconds: null,
  }) as Heartbeat;

it.each([
  [[], "No agent is expected to run yet."],
  [[beat("a", "paused")], "Every schedule is paused."],
  [[beat("a", "healthy")], "The one agent runs when it should."],
  [
    [beat("a", "healthy"), beat("b", "new")],
    "1 agent runs when it should. 1 agent is not due yet.",
  ],
  [[beat("b", "new"), beat("c", "paused")], "1 agent is not due yet."],
  [[beat("a", "healthy"), beat("b", "healthy")], "All 2 agents run when they should."],
  [[beat("a", "missing", clock(3), 1)], "a has not run since today 03:00, 1 missed."],
  [
    [beat("a", "missing", clock(4), 1), beat("b", "missing", clock(3), 9), beat("c", "healthy")],
    "b has not run since today 03:00, 9 missed; nor has 1 other. 1 other runs when it should.",
  ],
  [
    [beat("b", "missing", clock(3), 9), beat("c", "new")],
    "b has not run since today 03:00, 9 missed. 1 agent is not due yet.",
  ],
])("%#: all of them", (beats, said) => {
  expect(sentenceText(heartbeatsSentence(beats, now))).toBe(said);
});

it.each([
  [beat("a", "healthy"), "a: expected 0 3 * * * in UTC, and it runs."],
  [
    beat("a", "missing", clock(3), 2),
    "a: expected 0 3 * * * in UTC, missing since today 03:00, 2 missed.",
  ],
])("%#: one", (one, said) => {
  expect(sentenceText(heartbeatSentence(one, now))).toBe(said);
});

it("tells a strip in counts and a time in words", () => {
  const one = (answer: string, started_at: string | null = null) =>
    ({ at: clock(3), answer, started_at }) as Expectation;
  expect(stripWords([one("ok"), one("ok"), one("missed"), one("due")])).toBe(
    "3 expected: 2 in time, 1 missed",
  );
  expect(stripWords([one("due")])).toBe("nothing was due yet");
  expect(expectationWords(one("late", clock(3, 20)), now)).toBe(
    "today 03:00:00: late, began today 03:20:00",
  );
  expect(scheduleWords({ cron: null, time_zone: null, every_seconds: 7200 })).toBe("every 2 hours");
});

it("writes lines that a shell takes, whatever the agent is called", () => {
  const { command, curl } = setupLines(
    'it\'s a "job" & more',
    { cron: "0 3 * * *", time_zone: "Europe/Berlin", every_seconds: null },
    "http://host:4318",
    true,
  );
  expect(command).toBe(
    `vedette heartbeats expect 'it'\\''s a "job" & more' --cron '0 3 * * *' --tz Europe/Berlin`,
  );
  expect(curl).toBe(
    `curl -fsS 'http://host:4318/v1/ping?key=YOUR_KEY&agent=it%27s%20a%20%22job%22%20%26%20more'`,
  );
});
