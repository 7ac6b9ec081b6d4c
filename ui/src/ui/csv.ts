/** Rows as CSV (RFC 4180): quoted where needed, `\r\n` between lines. Pure. */

/**
 * A spreadsheet takes a text that begins so for a formula, and the text may be an agent's: it is
 * written behind an apostrophe (OWASP, CSV injection). Numbers stay numbers.
 */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const plain = typeof value === "object" ? JSON.stringify(value) : String(value);
  const text = typeof value === "string" && FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvText(header: string[], rows: unknown[][]): string {
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
