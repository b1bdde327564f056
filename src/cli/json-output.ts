/** The one object that --json prints, in parts: a list of a million rows is longer than a string may be. */

/** Lists longer than this are written element by element. */
const longList = 1000;
const partLength = 1 << 16;

/** @returns the JSON of an object in parts, none of them long */
export function* jsonParts(result: Readonly<Record<string, unknown>>): Generator<string, void, undefined> {
  let part = '{';
  let separator = '';
  for (const [key, value] of Object.entries(result)) {
    if (value === undefined) continue;
    part += `${separator}${JSON.stringify(key)}:`;
    separator = ',';
    if (!Array.isArray(value) || value.length <= longList) {
      part += JSON.stringify(value);
      continue;
    }
    part += '[';
    for (let i = 0; i < value.length; i++) {
      part += `${i > 0 ? ',' : ''}${JSON.stringify(value[i]) ?? 'null'}`;
      if (part.length < partLength) continue;
      yield part;
      part = '';
    }
    part += ']';
  }
  yield `${part}}`;
}
