/**
 * Links with bare characters in their query, on pages in old encodings: browsers send the query in the page's own bytes
 * (URL standard, "percent-encode after encoding"), so `?q=中` on a GBK page is `?q=%D6%D0`. The table is made by decoding
 * every one- and two-byte sequence; what has none of these is sent as `&#…;`, as browsers do.
 */

const tables = new Map<string, Map<string, string>>();

/** @param charset of the page, as TextDecoder names it */
export function encodeLegacyQuery(link: string, charset: string): string {
  if (charset.startsWith('utf-') || /^[\0-\x7f]*$/.test(link)) return link;
  const hash = link.indexOf('#');
  const end = hash < 0 ? link.length : hash;
  const query = link.indexOf('?');
  if (query < 0 || query > end) return link;
  const table = tableOf(charset);
  let encoded = '';
  for (const character of link.slice(query, end))
    encoded += character <= '\x7f' ? character : (table.get(character) ?? `%26%23${character.codePointAt(0)}%3B`);
  return link.slice(0, query) + encoded + link.slice(end);
}

function tableOf(charset: string): Map<string, string> {
  const known = tables.get(charset);
  if (known) return known;
  const table = new Map<string, string>();
  const decoder = new TextDecoder(charset, { fatal: true });
  const take = (bytes: number[]): void => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes));
      if ([...text].length === 1 && !table.has(text))
        table.set(text, bytes.map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''));
    } catch {
      // Not a sequence of this encoding.
    }
  };
  for (let first = 0x80; first < 0x100; first++) take([first]);
  for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) take([first, second]);
  tables.set(charset, table);
  return table;
}
