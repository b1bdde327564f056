/** The part of a URL between `://` and its first `@` (RFC 3986 userinfo). */

const MAX_USERINFO = 300;

/** Where the userinfo that ends before `at` begins, or -1 if this `@` stands in no URL's. */
export function userinfoStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start <= MAX_USERINFO) {
    const code = text.charCodeAt(start - 1);
    if (code === 47) return text.startsWith('://', start - 3) ? start : -1;
    // White space, quotes, < > and another @ end it.
    if (code <= 32 || code === 34 || code === 39 || code === 60 || code === 62 || code === 64 || code > 0x2fff)
      return -1;
    start--;
  }
  return -1;
}
