import { expect, it } from "vitest";
import type { Incident } from "../../api/types";
import { sentenceText } from "../../ui/Sentence";
import { incidentSentence, incidentsSentence } from "./sentence";

const now = new Date(2026, 2, 14, 12, 0).getTime();
const clock = (hours: number, minutes = 0) => new Date(2026, 2, 14, hours, minutes).toISOString();

const incident = (title: string, status: string, first: string, count = 3) => ({
  title,
  status,
  first_seen: first,
  last_seen: clock(11, 30),
  count,
  resolved_at: status === "resolved" ? clock(11, 45) : null,
});

it.each([
  [[], { open: 0, acknowledged: 0, resolved: 0 }, undefined, "No incident is open."],
  [
    [],
    { open: 0, acknowledged: 0, resolved: 4 },
    "desk",
    "No incident of desk is open; 4 resolved.",
  ],
  [
    [incident("book fails", "acknowledged", clock(3))],
    { open: 0, acknowledged: 1, resolved: 0 },
    undefined,
    "Nothing new: 1 acknowledged.",
  ],
  [
    [incident("book fails", "open", clock(3, 12), 14)],
    { open: 1, acknowledged: 0, resolved: 0 },
    undefined,
    "1 incident open, since today 03:12: book fails (14 runs).",
  ],
  [
    [
      incident("pay fails", "open", clock(4)),
      incident("book fails", "open", clock(3, 12), 1),
      incident("old", "acknowledged", clock(1)),
    ],
    { open: 2, acknowledged: 1, resolved: 0 },
    undefined,
    "2 incidents open, the older since today 03:12: book fails (1 run); 1 acknowledged.",
  ],
  [
    [
      incident("a", "open", clock(5)),
      incident("b", "open", clock(4)),
      incident("c", "open", clock(6)),
    ],
    { open: 3, acknowledged: 0, resolved: 0 },
    undefined,
    "3 incidents open, the oldest since today 04:00: b (3 runs).",
  ],
])("%#: all of them", (unresolved, counts, agent, said) => {
  expect(sentenceText(incidentsSentence(unresolved, counts, agent, now))).toBe(said);
});

it.each([
  [
    incident("book fails", "open", clock(3, 12), 14),
    "book fails: 14 runs since today 03:12, the last today 11:30.",
  ],
  [incident("book fails", "open", clock(3, 12), 1), "book fails: 1 run today 03:12."],
  [
    incident("book fails", "resolved", clock(3, 12), 2),
    "book fails: 2 runs from today 03:12 to today 11:30; resolved today 11:45.",
  ],
])("%#: one", (one, said) => {
  expect(sentenceText(incidentSentence(one as Incident, now))).toBe(said);
});
