/** Charsets: bytes to text, declared or not. */
export { type DecodedText, type DecodeOptions, decodeText } from './decode.ts';
export { type Detected, detectCharset } from './detect.ts';
export { charsetOf } from './labels.ts';
export { charsetOfContentType, prescanHtml } from './prescan.ts';
