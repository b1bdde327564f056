/**
 * Markdown (CommonMark and GitHub's tables) to plain text, a line at a time and in linear time: what a reader sees stays,
 * marks go. Code stays as it is. No full parser: what is ambiguous is left alone.
 */

/** The text of the first heading near the top. */
export function titleOf(text: string): string | undefined {
  const lines = text.slice(0, 4000).split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    const heading = /^#\s+(\S.*)$/.exec(line);
    if (heading !== null) return stripInline(heading[1]!.replace(/\s#+$/, '')).trim() || undefined;
    if (line.trim() !== '' && /^=+\s*$/.test(lines[i + 1] ?? '')) return stripInline(line).trim() || undefined;
    if (line.trim() !== '' && !line.startsWith('<') && !line.startsWith('[')) return undefined;
  }
  return undefined;
}

export function stripMarkdown(text: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      else kept.push(line);
    } else if (mark !== undefined) fence = mark;
    else {
      const stripped = stripLine(line);
      if (stripped !== undefined) kept.push(stripped);
    }
  }
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** undefined for lines that only mark: rules, underlines of headings, link definitions. */
function stripLine(line: string): string | undefined {
  if (/^\s{0,3}(?:=+|-{2,}|\*{3,}|_{3,})\s*$/.test(line)) return undefined;
  if (/^\s{0,3}([-*_])(?:[ \t]?\1){2,}\s*$/.test(line)) return undefined;
  if (/^\s{0,3}\[[^\]]{1,200}\]:\s*\S/.test(line)) return undefined;
  if (line.includes('|') && line.includes('-') && /^[\s|:-]+$/.test(line)) return undefined;
  let rest = line.replace(/^\s{0,3}(?:>\s?){1,20}/, '');
  rest = rest.replace(/^\s{0,3}#{1,6}\s+/, '');
  if (rest !== '' && /^\s{0,3}#/.test(line)) rest = trimHashes(rest);
  if (/^\s{0,3}\|/.test(rest))
    rest = rest
      .trim()
      .replace(/^\|\s?/, '')
      .replace(/\s?\|$/, '');
  return stripInline(rest);
}

function trimHashes(text: string): string {
  let end = text.trimEnd().length;
  while (end > 0 && text[end - 1] === '#') end--;
  return end < text.trimEnd().length && (end === 0 || text[end - 1] === ' ') ? text.slice(0, end).trimEnd() : text;
}

/** One pass over the line; a bracket is looked ahead for at most `reach` characters. */
const reach = 2000;
const labelReach = 500;

export function stripInline(text: string): string {
  if (!/[`*_~[\]!<\\&]/.test(text)) return text;
  let out = '';
  for (let i = 0; i < text.length; ) {
    const character = text[i]!;
    if (character === '\\' && /[!-/:-@[-`{-~]/.test(text[i + 1] ?? '')) {
      out += text[i + 1];
      i += 2;
    } else if (character === '`') {
      const ticks = runOf(text, i, '`');
      const end = nearest(text, '`'.repeat(ticks), i + ticks);
      out += end < 0 ? text.slice(i, i + ticks) : text.slice(i + ticks, end).trim();
      i = end < 0 ? i + ticks : end + ticks;
    } else if (character === '[' || (character === '!' && text[i + 1] === '[')) {
      const link = readLink(text, character === '!' ? i + 1 : i);
      out += link === undefined ? character : stripInline(link.label);
      i = link === undefined ? i + 1 : link.end;
    } else if (character === '<') {
      const end = nearest(text, '>', i);
      const inner = end < 0 ? '' : text.slice(i + 1, end);
      if (/^(?:https?:|mailto:)\S+$/i.test(inner)) out += inner;
      else if (!/^(?:\/?[a-z][^<]*|!--.*--)$/i.test(inner)) {
        out += '<';
        i++;
        continue;
      }
      i = end + 1;
    } else if (character === '*' || character === '~' || character === '_') {
      const count = runOf(text, i, character);
      // `snake_case` and `2 * 3` are no emphasis.
      const inWord = character === '_' && /\w/.test(text[i - 1] ?? ' ') && /\w/.test(text[i + count] ?? ' ');
      const alone = /\s|^$/.test(text[i - 1] ?? '') && /\s|^$/.test(text[i + count] ?? '');
      const mark = character === '~' ? count === 2 : count <= 3;
      if (inWord || alone || !mark) out += text.slice(i, i + count);
      i += count;
    } else {
      out += character;
      i++;
    }
  }
  return out;
}

function runOf(text: string, from: number, character: string): number {
  let end = from;
  while (text[end] === character) end++;
  return end - from;
}

function nearest(text: string, what: string, from: number): number {
  const found = text.slice(from, from + reach).indexOf(what);
  return found < 0 ? -1 : from + found;
}

/** `[label](target)`, `[label][reference]`; nested brackets in the label are counted. */
function readLink(text: string, from: number): { label: string; end: number } | undefined {
  if (nearest(text, ']', from) < 0) return undefined;
  let depth = 0;
  const limit = Math.min(text.length, from + labelReach);
  for (let i = from; i < limit; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') depth++;
    else if (text[i] === ']' && --depth === 0) {
      const label = text.slice(from + 1, i);
      const close = text[i + 1] === '(' ? nearest(text, ')', i) : text[i + 1] === '[' ? nearest(text, ']', i + 1) : -1;
      return close < 0 ? undefined : { label, end: close + 1 };
    }
  }
  return undefined;
}
