/** Bytes to text in a named charset, as the Encoding Standard has it; what is malformed becomes U+FFFD. */

const decoders = new Map<string, TextDecoder>();

/** @param charset as `charsetOf` gives it */
export function decodeBytes(bytes: Uint8Array, charset: string): string {
  if (charset === 'windows-1252') return decodeWindows1252(bytes);
  let decoder = decoders.get(charset);
  if (decoder === undefined) {
    decoder = new TextDecoder(charset);
    decoders.set(charset, decoder);
  }
  return decoder.decode(bytes);
}

/** 0x80 to 0x9f of windows-1252 (encoding.spec.whatwg.org/index-windows-1252.txt). */
const upper = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Node's TextDecoder (20 to 24) takes windows-1252 for Latin-1, which lacks quotation marks and the euro sign. */
function decodeWindows1252(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return latin.replace(/[\u0080-\u009f]/g, (character) => upper[character.charCodeAt(0) - 0x80]!);
}
