/** Bytes of unknown make to text. Never fails: what is malformed becomes U+FFFD and is counted. */
import { isUtf8 } from 'node:buffer';
import { decodeBytes } from './decode-bytes.ts';
import { byteOrderMark, detectCharset, readsWell } from './detect.ts';
import { charsetOf } from './labels.ts';
import { prescanHtml } from './prescan.ts';

export interface DecodeOptions {
  /** The charset that came with the bytes (HTTP header, user): any label. */
  readonly declared?: string | undefined;
  /** Also look for a declaration inside, as HTML pages have it. */
  readonly html?: boolean;
}

export interface DecodedText {
  readonly text: string;
  /** As the Encoding Standard names it, with GBK and GB2312 read as GB18030. */
  readonly charset: string;
  /** 1 for a byte-order mark or valid UTF-8, else how sure the choice is. */
  readonly confidence: number;
  /** Characters that are U+FFFD. */
  readonly damaged: number;
}

/** Charsets in which any bytes are a text: to be declared so proves little. */
const takesAnything = /^(?:windows-125\d|iso-8859-\d+|windows-874|koi8-|ibm866|macintosh|x-mac-)/;

export function decodeText(bytes: Uint8Array, { declared, html = false }: DecodeOptions = {}): DecodedText {
  const mark = byteOrderMark(bytes);
  if (mark !== undefined) return decodeAs(bytes, mark, 1);
  const named = (declared === undefined ? undefined : charsetOf(declared)) ?? (html ? prescanHtml(bytes) : undefined);
  // Text that is valid UTF-8 by chance hardly exists, whatever its label says.
  if (isUtf8(bytes) && named !== 'iso-2022-jp' && !hasZeros(bytes)) {
    if (named !== undefined || !bytes.includes(0x1b)) return decodeAs(bytes, 'utf-8', 1);
  }
  if (named === undefined) {
    const { charset, confidence } = detectCharset(bytes);
    return decodeAs(bytes, charset, confidence);
  }
  const asNamed = decodeAs(bytes, named, 0.9);
  // Two-byte charsets take most of each other's texts, so one must also make sense.
  if (asNamed.damaged === 0 && !takesAnything.test(named) && (!twoBytes.has(named) || readsWell(bytes, named))) {
    return asNamed;
  }
  const detected = detectCharset(bytes);
  if (detected.charset === named) return asNamed;
  if (takesAnything.test(named) && (latin.test(detected.charset) || detected.confidence < 0.6)) return asNamed;
  const asDetected = decodeAs(bytes, detected.charset, detected.confidence);
  const better = twoBytes.has(named) && detected.confidence > 0.8 && !latin.test(detected.charset);
  return takesAnything.test(named) || better || asDetected.damaged * 4 < asNamed.damaged ? asDetected : asNamed;
}

const twoBytes = new Set(['gb18030', 'big5', 'euc-jp', 'shift_jis', 'euc-kr']);

/** Detection tells these apart by statistics alone; a declaration knows better. */
const latin = /^(?:windows-125[02478]|iso-8859-2)/;

function hasZeros(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4096).includes(0);
}

function decodeAs(bytes: Uint8Array, charset: string, confidence: number): DecodedText {
  const text = decodeBytes(bytes, charset);
  return { text, charset, confidence, damaged: countDamaged(text) };
}

function countDamaged(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count++;
  return count;
}
