import { expect, it } from "vitest";
import { textChanges } from "./textChanges";

/** `-` what only the first has, `+` what only the second has. */
const told = (a: string, b: string) =>
  textChanges(a, b)?.map(
    ({ value, added, removed }) => `${added ? "+" : removed ? "-" : " "}${value}`,
  );

const LONG = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join("");

it.each<[string, string, string, string[]]>([
  ["the same", "one\n", "one\n", [" one\n"]],
  [
    "lines that are alike by words",
    "refund order 8812 to the card\n",
    "refund order 9913 to the card\n",
    [" refund order ", "-8812", "+9913", "  to the card\n"],
  ],
  [
    "other lines whole, however much else is the same",
    `${LONG}Hi, I need to downgrade all of my business flights.\n`,
    `${LONG}I am facing some financial issues and would like money.\n`,
    [
      ` ${LONG}`,
      "-Hi, I need to downgrade all of my business flights.\n",
      "+I am facing some financial issues and would like money.\n",
    ],
  ],
  ["what only one has", "a\n", "a\nb\n", [" a\n", "+b\n"]],
  ["nothing and something", "", "b\n", ["+b\n"]],
])("%s", (_, a, b, expected) => expect(told(a, b)).toEqual(expected));

it("loses nothing of either text", () => {
  const [a, b] = ["x\ny y y\nz\n", "y y q\nz\nw\n"];
  const changes = textChanges(a, b) ?? [];
  expect(changes.flatMap(({ value, added }) => (added ? [] : [value])).join("")).toBe(a);
  expect(changes.flatMap(({ value, removed }) => (removed ? [] : [value])).join("")).toBe(b);
});
