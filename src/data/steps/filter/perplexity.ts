/**
 * Perplexity under a language model: writes `meta.perplexity` and drops what lies outside given limits. Low perplexity
 * is text like the model's training text; very low is boilerplate and repetition; very high is garbled text, lists,
 * other languages.
 * Origin: CCNet (Wenzek et al. 2020, §3.3), which scores with KenLM models of Wikipedia and cuts by percentiles (the
 * step `perplexity-bucket`); limits like ROOTS' (Laurençon et al. 2022, §4.1); small transformers in place of n-grams:
 * Ankner et al. 2024. Perplexities of different models cannot be compared.
 *
 * - `ngram`, a model of `athanor data train-lm`: 10^(−log10 P / (units + lines)), KenLM's. On all threads, about a million
 *   units a second.
 * - `neural`, a directory in Hugging Face's layout: exp of the mean loss a token, long texts in windows (see
 *   eval/document-scorer.ts), and `meta.bits_per_byte`. A survey: weights are loaded once and run in this process on all
 *   cores, while the threads, which take one document at a time and would need a copy of the weights each, have a rest.
 *   Six figures are kept; a document's number depends on nothing but its text, so threads and resuming change no byte.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import type { Document } from '../../document.ts';
import { type DecideContext, defineStep, type StepContext } from '../../step.ts';
import type { NamedModel, TextScore } from '../../text-scorer.ts';

const model = z
  .strictObject({
    ngram: z.string().optional().describe('Model file of `athanor data train-lm`'),
    neural: z
      .string()
      .optional()
      .describe(
        'Name of a model of the workspace, or that an earlier stage makes; or, with a slash in it, a directory with config.json, model.safetensors and tokenizer.json, as `./models/zh`',
      ),
    window: z
      .int()
      .min(2)
      .optional()
      .describe('`neural`: tokens that the model sees at once; default: its context, at most 1024'),
    stride: z
      .int()
      .min(1)
      .optional()
      .describe('`neural`: tokens by which the window of a long text goes on; default: half a window'),
    max_tokens: z
      .int()
      .min(1)
      .optional()
      .describe('`neural`: only so many tokens of a text are scored, from its begin; default 2048'),
  })
  .refine(({ ngram, neural }) => (ngram === undefined) !== (neural === undefined), {
    error: 'expected one model: ngram: <file>, or neural: <name or directory>',
  })
  .refine(
    ({ ngram, window, stride, max_tokens }) => ngram === undefined || (window ?? stride ?? max_tokens) === undefined,
    { error: 'window, stride and max_tokens go with a neural model' },
  );

const config = z.strictObject({
  model: model.describe('The language model, n-gram or neural; one for each language (with `languages`)'),
  languages: z
    .array(z.string())
    .optional()
    .describe('Only documents whose `meta.language` is one of these are scored; others pass as they are'),
  min: z.number().min(0).optional().describe('Lowest perplexity kept'),
  max: z.number().positive().optional().describe('Highest perplexity kept'),
  max_bits_per_byte: z
    .number()
    .positive()
    .optional()
    .describe('`neural`: most bits a byte kept; unlike perplexity, to be compared between tokenizers'),
  max_characters: z.int().positive().default(1_000_000).describe('Only so much of a text is scored, from its begin'),
  field: z.string().default('perplexity').describe('Field of meta that the perplexity is written to'),
  bits_field: z
    .string()
    .optional()
    .describe('`neural`: field of meta that the bits a byte are written to; default `bits_per_byte`'),
});
type Options = z.output<typeof config>;

/** Why a document has no score. */
type Unscored = 'other-language' | 'no-text';
interface Measured {
  readonly perplexity: number;
  readonly bits?: number;
}

export const perplexity = defineStep({
  name: 'perplexity',
  kind: 'filter',
  version: 1,
  config,
  files: ({ model: { ngram } }) => (ngram === undefined ? [] : [ngram]),
  models: (options) => (options.model.neural === undefined ? [] : [neuralModel(options)]),
  shape: ({ model: { neural } }) => (neural === undefined ? 'each' : 'survey'),
  describe: ({ model: { ngram, neural }, min, max, max_bits_per_byte }) =>
    [
      `Perplexity by ${ngram ?? neural}`,
      ...(min === undefined ? [] : [`at least ${min}`]),
      ...(max === undefined ? [] : [`at most ${max}`]),
      ...(max_bits_per_byte === undefined ? [] : [`at most ${max_bits_per_byte} bits a byte`]),
    ].join(', '),
  async each(options, context) {
    if (options.max_bits_per_byte !== undefined)
      throw new AthanorError('bad-input', 'max_bits_per_byte goes with a neural model', {
        place: 'perplexity.max_bits_per_byte',
        hint: 'An n-gram model has `max`.',
      });
    const { loadNgramModel } = await import('../../ngram-lm/file.ts');
    const wants = await languageTest(options);
    const { model: ngram } = loadNgramModel(resolve(context.baseDir, options.model.ngram!));
    return (document) => {
      const exact = wants(document) ? ngram.perplexity(textOf(document, options)) : undefined;
      return judge(document, exact === undefined ? 'other-language' : measure(exact), options, context);
    };
  },
  survey: {
    scan: () => () => undefined,
    resumes: true,
    decide: scoreAll,
    apply: (options, context) => (document, verdict) => {
      const [nll, tokens, bytes] = Array.isArray(verdict) ? (verdict as number[]) : [0, 0, 0];
      const found: Measured | Unscored =
        verdict === 'other-language'
          ? verdict
          : measure(Math.exp(nll! / tokens!), bytes! > 0 ? nll! / Math.LN2 / bytes! : 0);
      return judge(document, found, options, context);
    },
  },
});

function neuralModel({ model: { neural, window, stride, max_tokens: maxTokens = 2048 } }: Options): NamedModel {
  return { path: ['model', 'neural'], model: neural!, settings: { window, stride, maxTokens } };
}

/** Documents that are scored together: their windows fill whole batches. */
const groupDocuments = 256;
const groupCharacters = 4 << 20;

/** Gives every document its verdict: [nats, tokens, bytes], or why it has none. */
async function scoreAll(options: Options, context: DecideContext): Promise<void> {
  const wants = await languageTest(options);
  const scorer = await context.openModel(neuralModel(options), context);
  try {
    for (let next = context.decided; next < context.documents; ) {
      if (context.signal?.aborted)
        throw new AthanorError('cancelled', 'the build was stopped', { cause: context.signal.reason });
      const first = next;
      const texts: (string | undefined)[] = [];
      for (let length = 0; next < context.documents && texts.length < groupDocuments && length < groupCharacters; ) {
        const [document] = context.read([next++]);
        const text = wants(document!) ? textOf(document!, options) : undefined;
        texts.push(text);
        length += text?.length ?? 0;
      }
      const scores = (await scorer.score(texts.filter((text) => text !== undefined))).values();
      for (const [i, text] of texts.entries())
        context.verdict(first + i, text === undefined ? 'other-language' : verdictOf(scores.next().value!));
    }
  } finally {
    scorer.dispose();
  }
}

const verdictOf = ({ nll, tokens, bytes }: TextScore) => (tokens === 0 ? 'no-text' : [nll, tokens, bytes]);

async function languageTest({ languages }: Options): Promise<(document: Document) => boolean> {
  if (languages === undefined) return () => true;
  const { matchesLanguage } = await import('../../language/identify.ts');
  return ({ meta: { language } }) =>
    typeof language === 'string' && languages.some((wanted) => matchesLanguage(language, wanted));
}

const textOf = ({ text }: Document, { max_characters }: Options): string => text.slice(0, max_characters);

/** Six figures; a loss that no double can hold is as large as one can be, since JSON has no infinity. */
function measure(exact: number, bits?: number): Measured | Unscored {
  if (Number.isNaN(exact)) return 'no-text';
  const perplexity = Number(Math.min(exact, 1e300).toPrecision(6));
  return bits === undefined ? { perplexity } : { perplexity, bits: Number(bits.toPrecision(6)) };
}

function judge(
  document: Document,
  found: Measured | Unscored,
  { min, max, max_bits_per_byte, field, bits_field = 'bits_per_byte' }: Options,
  context: StepContext,
): Document | undefined {
  if (typeof found === 'string') {
    context.count(found);
    return document;
  }
  const { perplexity: value, bits } = found;
  const drop = (reason: string, detail: string) => {
    context.drop(document, reason, detail);
    return undefined;
  };
  if (min !== undefined && value < min) return drop('low-perplexity', `perplexity ${value} < ${min}`);
  if (max !== undefined && value > max) return drop('high-perplexity', `perplexity ${value} > ${max}`);
  if (bits !== undefined && max_bits_per_byte !== undefined && bits > max_bits_per_byte)
    return drop('high-bits-per-byte', `${bits} bits a byte > ${max_bits_per_byte}`);
  return {
    ...document,
    meta: { ...document.meta, [field]: value, ...(bits === undefined ? {} : { [bits_field]: bits }) },
  };
}
