/**
 * The charset that an HTML page declares in itself (HTML standard §13.2.3.2, "prescan a byte stream"), an XML declaration
 * included. Looks at the first `prescanBytes` bytes; the standard asks for 1024, real pages put scripts before the tag.
 */
import { charsetOf } from './labels.ts';

const prescanBytes = 16_384;

export function prescanHtml(bytes: Uint8Array): string | undefined {
  const head = latin1(bytes.subarray(0, prescanBytes));
  const xml = /^\s{0,16}<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})/.exec(head);
  if (xml !== null) {
    const charset = found(xml[1]!);
    if (charset !== undefined) return charset;
  }
  for (let at = 0; at < head.length; ) {
    const open = head.indexOf('<', at);
    if (open < 0) return undefined;
    if (head.startsWith('<!--', open)) {
      const end = head.indexOf('-->', open + 2);
      if (end < 0) return undefined;
      at = end + 3;
    } else if (/^<meta[\s/]/i.test(head.slice(open, open + 6))) {
      const { attributes, end } = readAttributes(head, open + 5);
      const charset = declaredBy(attributes);
      if (charset !== undefined) return charset;
      at = end;
    } else if (/[a-z/!?]/i.test(head[open + 1] ?? '')) {
      at = /[a-z/]/i.test(head[open + 1]!) ? readAttributes(head, open + 1).end : afterBracket(head, open);
    } else at = open + 1;
  }
  return undefined;
}

/** The charset of a `Content-Type` value. */
export function charsetOfContentType(value: string): string | undefined {
  const label = /charset\s{0,9}=\s{0,9}(?:"([^"]{1,40})"|'([^']{1,40})'|([^\s;"']{1,40}))/i.exec(value.slice(0, 1000));
  return label === null ? undefined : charsetOf(label[1] ?? label[2] ?? label[3]!);
}

function declaredBy(attributes: ReadonlyMap<string, string>): string | undefined {
  const charset = attributes.get('charset');
  if (charset !== undefined) return found(charset);
  const content = attributes.get('content');
  if (content === undefined || attributes.get('http-equiv')?.toLowerCase() !== 'content-type') return undefined;
  const named = charsetOfContentType(content);
  return named === undefined ? undefined : found(named);
}

/** A page whose declaration could be read as ASCII is not UTF-16, whatever it says. */
function found(label: string): string | undefined {
  const charset = charsetOf(label);
  return charset === 'utf-16le' || charset === 'utf-16be' ? 'utf-8' : charset;
}

function afterBracket(head: string, from: number): number {
  const end = head.indexOf('>', from);
  return end < 0 ? head.length : end + 1;
}

/** Reads a tag's attributes as the standard's "get an attribute" does; from a tag name on, the name counts as one. */
function readAttributes(head: string, from: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>();
  const attribute = /[\s/]*([^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y;
  let at = from;
  while (at < head.length && head[at] !== '>') {
    attribute.lastIndex = at;
    const match = attribute.exec(head);
    if (match === null || match[0] === '') {
      at++;
      continue;
    }
    at += match[0].length;
    const name = match[1]!.toLowerCase();
    if (name !== '' && !attributes.has(name)) attributes.set(name, match[2] ?? match[3] ?? match[4] ?? '');
  }
  return { attributes, end: at + 1 };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
