/** Documentation without its marks: comments of the C family and Python's strings. */

/** A block `/** … *\/`, or lines of `//`, `///`, `//!`. Inner indentation stays relative. */
export function cleanComment(comment: string): string {
  const lines = comment
    .replace(/\r\n?/g, '\n')
    .split('\n')
    // A line comment of Rust holds its line end.
    .filter((line, i, all) => line.trim() !== '' || !all[i + 1]?.trimStart().startsWith('//'))
    .map((line) => {
      const trimmed = line.trim();
      if (trimmed.startsWith('//')) return trimmed.replace(/^\/\/[/!]?/, '');
      return line
        .replace(/^\s*\/\*+!?/, '')
        .replace(/\*+\/\s*$/, '')
        .replace(/^\s*\*(?!\*\/)/, '');
    });
  // Of line comments the first line is indented like the others.
  return dedent(comment.trimStart().startsWith('//') ? ['', ...lines] : lines);
}

/** A string literal as it stands in the source: prefix, quotes, indentation as PEP 257 says. */
export function cleanPythonString(literal: string): string {
  const match = /^([A-Za-z]*)("""|'''|"|')([\s\S]*?)\2$/.exec(literal);
  if (!match) return '';
  const raw = /r/i.test(match[1]!);
  const body = raw
    ? match[3]!
    : match[3]!
        .replace(/\\\n/g, '')
        .replace(/\\([\\'"nt])/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c));
  return dedent(body.replace(/\r\n?/g, '\n').split('\n'));
}

/** Removes the indentation that all lines but the first share, white space at the ends of lines, and outer blank lines. */
function dedent(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  const widths = rest.filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)![0].length);
  const width = widths.length === 0 ? 0 : Math.min(...widths.slice(0, 10_000));
  const cleaned = [
    first.trim(),
    ...rest.map((line) => line.slice(Math.min(width, line.length - line.trimStart().length)).trimEnd()),
  ];
  return cleaned.join('\n').trim();
}
