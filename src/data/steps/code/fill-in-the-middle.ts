/**
 * Fill-in-the-middle: a share of the documents is cut at two random places into prefix, middle and suffix and rewritten
 * with sentinel tokens, so that a left-to-right model learns to fill gaps.
 * - PSM: `<prefix>` prefix `<suffix>` suffix `<middle>` middle
 * - SPM: `<prefix>` `<suffix>` suffix `<middle>` prefix middle (the variant that shares its tokens with PSM)
 * Origin: Bavarian et al. 2022 ("Efficient Training of Language Models to Fill in the Middle"), §3 (formats), §4.1 (rate
 * 0.5 costs nothing), §4.3 (cuts at random characters beat lines, as they teach tokens that are cut), appendix D (SPM).
 * Sentinels are StarCoder's by default; they must be special tokens of the tokenizer. Works on documents: do it before
 * packing. Cost: one copy of the text.
 */
import { z } from 'zod';
import { AthanorError, Rng } from '../../../core/index.ts';
import type { Document } from '../../document.ts';
import { messagesOf } from '../../document.ts';
import { hashFraction } from '../../hash-order.ts';
import { defineStep } from '../../step.ts';

const config = z.strictObject({
  rate: z.number().min(0).max(1).default(0.5).describe('Share of the documents that are rewritten'),
  spm_rate: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Share of the rewritten ones in SPM order; the others are PSM'),
  level: z
    .enum(['character', 'line'])
    .default('character')
    .describe('Where a document may be cut: between any two characters, or at line starts only'),
  prefix: z.string().min(1).default('<fim_prefix>').describe('Sentinel before the prefix'),
  suffix: z.string().min(1).default('<fim_suffix>').describe('Sentinel before the suffix'),
  middle: z.string().min(1).default('<fim_middle>').describe('Sentinel before the middle'),
  end: z
    .string()
    .default('')
    .describe('Written after the middle (Code Llama’s `<EOT>`); default: nothing, as the document’s own end follows'),
  min_characters: z.int().min(2).default(10).describe('Shorter documents stay as they are, in UTF-16 code units'),
});
type Options = z.output<typeof config>;

export const fillInTheMiddle = defineStep({
  name: 'fill-in-the-middle',
  kind: 'code',
  version: 1,
  config,
  describe: ({ rate, spm_rate, level }) =>
    `${rate} of the documents for filling in the middle (${spm_rate} of them SPM), cut by ${level}`,
  each(options, context) {
    const sentinels = [options.prefix, options.suffix, options.middle, options.end].filter((one) => one !== '');
    if (new Set(sentinels).size !== sentinels.length)
      throw new AthanorError('bad-input', `fill-in-the-middle: the sentinels must differ, got ${sentinels.join(' ')}`);
    return (document) => {
      const key = Math.floor(hashFraction(context.seed, `fill-in-the-middle\0${document.id}`) * 2 ** 48);
      const rng = new Rng(key);
      if (rng.uniform() >= options.rate) return document;
      const { text } = document;
      if (text.length < options.min_characters || messagesOf(document)) return document;
      if (sentinels.some((one) => text.includes(one))) {
        // Nobody could tell such text from the real marks.
        context.count('has-sentinel');
        return document;
      }
      const cuts = cutsOf(text, options.level, rng);
      if (cuts === undefined) return document;
      const order = rng.uniform() < options.spm_rate ? 'spm' : 'psm';
      context.count(order);
      return rewrite(document, cuts, order, options);
    };
  },
});

function rewrite(
  document: Document,
  [from, to]: readonly [number, number],
  order: 'psm' | 'spm',
  { prefix, suffix, middle, end }: Options,
): Document {
  const { text } = document;
  const [before, between, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  const rewritten =
    order === 'psm'
      ? `${prefix}${before}${suffix}${after}${middle}${between}${end}`
      : `${prefix}${suffix}${after}${middle}${before}${between}${end}`;
  // Offsets into the old text mean nothing any more.
  const { entities: _e, evidence: _v, docstring_span: _d, ...meta } = document.meta;
  return { ...document, text: rewritten, meta: { ...meta, fill_in_the_middle: order } };
}

/** Two places in order, uniform over all pairs of different ones. */
function cutsOf(text: string, level: Options['level'], rng: Rng): readonly [number, number] | undefined {
  if (level === 'line') {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    if (starts.at(-1) !== text.length) starts.push(text.length);
    // One line has no gap between lines.
    if (starts.length < 3) return undefined;
    const [a, b] = twoOf(starts.length, rng);
    return [starts[a]!, starts[b]!];
  }
  const [a, b] = twoOf(text.length + 1, rng);
  const [from, to] = [wholeCharacter(text, a), wholeCharacter(text, b)];
  return from === to ? undefined : [from, to];
}

function twoOf(n: number, rng: Rng): readonly [number, number] {
  const a = rng.int(n);
  const other = rng.int(n - 1);
  const b = other >= a ? other + 1 : other;
  return a < b ? [a, b] : [b, a];
}

/** Not between the halves of a surrogate pair: one back there. */
function wholeCharacter(text: string, at: number): number {
  const low = text.charCodeAt(at);
  const high = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff ? at - 1 : at;
}
