/** What decoder steps are made of: sinks that change tokens on their way. Knows no component. */
import type { DecoderStep, TokenSink } from '../types.ts';

/** The sink of a step that needs whole tokens. @param map what a token becomes; `first` of the list */
export function mapSink(next: TokenSink, map: (token: string, first: boolean) => string): TokenSink {
  let token = '';
  let first = true;
  return {
    write(text) {
      token += text;
    },
    end() {
      const mapped = map(token, first);
      token = '';
      first = false;
      next.write(mapped);
      next.end();
    },
    finish() {
      token = '';
      first = true;
      next.finish();
    },
  };
}

/** A step that makes of each token one token. @param joined what is done to a token after all were made one */
export function mapStep(
  map: (token: string, first: boolean) => string,
  options: { readonly open?: DecoderStep['open']; readonly joined?: (token: string) => string } = {},
): DecoderStep {
  const { open = (next) => mapSink(next, map), joined = (token) => token } = options;
  return { map, open, inner: (token, isJoined) => (isJoined ? joined(token) : map(token, false)) };
}

/** Rust's `str::replace`: an empty needle is found before every character and at the end. */
export function replaceLiteral(text: string, needle: string, content: string): string {
  if (needle !== '') return text.replaceAll(needle, () => content);
  return content + Array.from(text, (character) => character + content).join('');
}

/**
 * `needle` (not empty) → `content` within a token of any length, holding back only what may become a match. Linear in
 * the text (Knuth, Morris and Pratt 1977).
 */
export function literalSink(next: TokenSink, needle: string, content: string): TokenSink {
  const borders = borderLengths(needle);
  let matched = 0; // so much of the needle stands at the end of the text so far, and is held back
  return {
    write(text) {
      const all = needle.slice(0, matched) + text;
      let done = 0;
      for (let i = matched; i < all.length; i++) {
        const unit = all.charCodeAt(i);
        while (matched > 0 && needle.charCodeAt(matched) !== unit) matched = borders[matched - 1]!;
        if (needle.charCodeAt(matched) === unit) matched++;
        if (matched < needle.length) continue;
        next.write(all.slice(done, i + 1 - needle.length) + content);
        done = i + 1;
        matched = 0;
      }
      next.write(all.slice(done, all.length - matched));
    },
    end() {
      next.write(needle.slice(0, matched));
      matched = 0;
      next.end();
    },
    finish() {
      matched = 0;
      next.finish();
    },
  };
}

/** For every beginning of `text`: the length of the longest shorter beginning that it ends with. */
function borderLengths(text: string): Int32Array {
  const lengths = new Int32Array(text.length);
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text.charCodeAt(i) !== text.charCodeAt(length)) length = lengths[length - 1]!;
    if (text.charCodeAt(i) === text.charCodeAt(length)) length++;
    lengths[i] = length;
  }
  return lengths;
}
