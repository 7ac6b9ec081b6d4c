const CHARACTERS_MAX = 2_000_000;

/**
 * The object or array that a value is, or that its text spells; undefined of all else. A number
 * or a quoted word is better read as it stands.
 */
export function asJson(value: unknown): object | undefined {
  if (typeof value === "object" && value !== null) return value;
  if (typeof value !== "string" || value.length > CHARACTERS_MAX) return undefined;
  const first = value.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}
