/** Texts that try a tokenizer: for property tests only. */
import fc from 'fast-check';

const pools = [
  'abc XYZ 019.,-_!?\'"▁',
  ' \t\n\r\u0085\u00a0\u3000\u200b\u2028\ufeff',
  '\u0300\u0301\u0323\u0344\u0345\u0f71\u0f73\u3099',
  '가각힣ㄱㅏ\u1100\u1161\u11a8\u11a7',
  '中文，。𠮷㍿①〇',
  'éÅΣσςİıẞﬁ½²Ⅷ％ａ\u1e69',
  '\u0915\u094d\u0937\u0bc6\u0bbe\u200d\u0600',
  '😀👍🏽🇨🇳❤\ufe0f\u200d👩©',
  'カガｶﾞーあ゛',
  '\0\x01\x7f\x8f\xad\ufffd\ue000\u{e0041}',
  '\u0897\u{105d2}\u{1f16c}\u32ff\ua7cb',
];

/** Well-formed text of characters that tokenizers treat in unlike ways, few kinds at a time. */
export const awkwardText: fc.Arbitrary<string> = fc.subarray(pools, { minLength: 1, maxLength: 4 }).chain((chosen) => {
  const one = fc.constantFrom(...chosen.flatMap((pool) => [...pool]));
  // Any code point but a surrogate; fast-check's unit 'binary' would say so, but takes seconds to set up.
  const any = fc.nat(0x10ffff - 0x800).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));
  return fc.string({ unit: fc.oneof({ weight: 9, arbitrary: one }, { weight: 1, arbitrary: any }), maxLength: 24 });
});
