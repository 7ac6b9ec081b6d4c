import { expect, it } from "vitest";
import { csvText } from "./csv";

it("quotes what has to be quoted and nothing else", () => {
  expect(
    csvText(
      ["a", 'b "x"'],
      [
        [1, "p, q"],
        [null, "two\nlines"],
        [true, ["x", 2]],
      ],
    ),
  ).toBe('a,"b ""x"""\r\n1,"p, q"\r\n,"two\nlines"\r\ntrue,"[""x"",2]"\r\n');
});

it.each(["=1+1", "+1", "-1", "@x", "\tx"])("writes %j as text, not as a formula", (text) => {
  expect(csvText(["a"], [[text]])).toContain(`'${text}`);
});

it("leaves a negative number a number", () => {
  expect(csvText(["a"], [[-1.5]])).toBe("a\r\n-1.5\r\n");
});
