/** Names of charsets: any label of the Encoding Standard (whatwg.org) to the one under which we decode. */

/** ASCII supersets that everyone means the larger of, and names that the standard lacks but pages use. */
const renamed: Readonly<Record<string, string>> = {
  gbk: 'gb18030',
  cp936: 'gb18030',
  'windows-936': 'gb18030',
  'gb-18030': 'gb18030',
  gb_2312: 'gb18030',
  utf8mb4: 'utf-8',
  utf_8: 'utf-8',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  cp932: 'shift_jis',
  'shift-jis': 'shift_jis',
  cp950: 'big5',
  big5hkscs: 'big5',
  'koi8-r': 'koi8-u',
  'iso-8859-8-i': 'windows-1255',
  'iso-8859-8': 'windows-1255',
};

/** The charset of a label, or undefined for one that nobody knows. */
export function charsetOf(label: string): string | undefined {
  const name = label
    .trim()
    .toLowerCase()
    .replace(/^["']|["']$/g, '');
  if (name in renamed) return renamed[name];
  if (name === '' || name.length > 40) return undefined;
  try {
    const { encoding } = new TextDecoder(name);
    return renamed[encoding] ?? encoding;
  } catch {
    return undefined;
  }
}
