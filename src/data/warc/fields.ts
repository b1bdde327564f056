/** Named fields as WARC and HTTP have them: ordered, names compared without case, a name may come twice. */

export type Fields = readonly (readonly [name: string, value: string])[];

/** The first value of a field. */
export function fieldNamed(fields: Fields, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return fields.find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** Fields as lines; what would break a line (a line end inside a value) becomes a space. */
export function formatFields(fields: Fields): string {
  return fields.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}\r\n`).join('');
}

export function oneLine(value: string): string {
  return value.replace(/[\r\n\0]+/g, ' ');
}

/**
 * Lines as fields. A line that begins with a space continues the one before (RFC 9112 §5.2, old but met); a line without
 * a colon is left out. @param lines without their ends
 */
export function parseFields(lines: readonly string[]): [string, string][] {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last) last[1] = `${last[1]} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon > 0) fields.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return fields;
}
