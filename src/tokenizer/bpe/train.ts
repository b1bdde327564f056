/**
 * Trains BPE tokenizers (Sennrich et al. 2016) equal to Hugging Face's BpeTrainer: on bytes as GPT-2, or on characters with
 * byte fallback as Llama.
 */
import { AthanorError } from '../../core/index.ts';
import { addedToken } from '../added-tokens.ts';
import { byteAlphabet } from '../byte-level.ts';
import { readDecoder } from '../decoders/read.ts';
import { createBpe } from '../models/bpe.ts';
import { checkSpecialTokens, defaultRoles, defaultSpecialTokens } from '../special-tokens.ts';
import { createTokenizer } from '../tokenizer.ts';
import { type AlphabetOptions, chooseAlphabet } from '../trainers/corpus-alphabet.ts';
import type { WordTable } from '../trainers/corpus-words.ts';
import type { Tokenizer } from '../types.ts';
import { type BpeCutting, bpeDecoder, bpePlan, needsCharacters } from './cutting.ts';
import { learnMerges } from './merge-trainer.ts';
import { symbolWords } from './train-symbols.ts';
import { emptyCorpus, WordCounter } from './word-counter.ts';

export interface TrainBpeOptions extends BpeCutting, AlphabetOptions {
  /**
   * The corpus, read once; or its word counts, where they were collected elsewhere. Counts come with a plan of how they
   * were cut (see `bpePlan`), which holds instead of the options for cutting.
   */
  readonly texts: Iterable<string> | WordCounter;
  /** Special tokens, alphabet and merges together; fewer where the corpus has no more pairs. */
  readonly vocabSize: number;
  /** First ids, in this order. Default `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`. */
  readonly specialTokens?: readonly string[] | undefined;
  /** A pair seen less often is never merged. Default 0, as in Hugging Face's. */
  readonly minFrequency?: number | undefined;
  /** Tokens of so many bytes or characters are not formed, nor longer ones (`max_token_length`). Default: any are. */
  readonly maxTokenLength?: number | undefined;
  /** With characters: one that is not in the alphabet becomes its bytes, `<0x00>` … `<0xFF>`. Default true. */
  readonly byteFallback?: boolean | undefined;
  /** With characters and without byte fallback: what an unknown character becomes. Default `<|unk|>`. */
  readonly unknownToken?: string | undefined;
  /** Put before every symbol that does not begin a word, such as `##`. Default none. */
  readonly continuingSubwordPrefix?: string | undefined;
  /** Put after a word's last symbol, such as `</w>`. Default none. */
  readonly endOfWordSuffix?: string | undefined;
  /** Called now and then with the number of tokens so far and the number wanted. */
  readonly progress?: ((tokens: number, vocabSize: number) => void) | undefined;
}

/** Largest vocabulary. */
const maxVocabulary = 1 << 21;

/**
 * Learns a vocabulary and returns the tokenizer.
 * @throws AthanorError('bad-input') for an empty corpus, a vocabulary with no room for the alphabet and the special
 *   tokens, or options that do not go together
 */
export function trainBpe(options: TrainBpeOptions): Tokenizer {
  const counter = options.texts instanceof WordCounter ? options.texts : new WordCounter(bpePlan(options));
  const { byteLevel } = counter.cutter;
  const reserved = checkReserved(options, byteLevel, counter.plan.isolated ?? []);
  if (!(options.texts instanceof WordCounter)) for (const text of options.texts) counter.add(text);
  if (counter.size === 0) throw emptyCorpus();
  const tokens = initialTokens(options, byteLevel, reserved, counter.words);

  const { continuingSubwordPrefix = '', endOfWordSuffix = '' } = options;
  const { special, userDefined, unknown } = reserved;
  const learned = learnMerges({
    ...symbolWords(counter.words, { tokens, byteLevel, continuingSubwordPrefix, endOfWordSuffix }),
    vocabSize: options.vocabSize,
    minFrequency: options.minFrequency ?? 0,
    maxTokenLength: options.maxTokenLength,
    joined: joinedBy(continuingSubwordPrefix),
    progress: options.progress && ((done) => options.progress?.(done, options.vocabSize)),
  });
  const ids = new Map(learned.tokens.map((token, id) => [token, id]));
  return createTokenizer({
    normalizer: counter.cutter.normalizer,
    preTokenizer: counter.cutter.preTokenizer,
    model: createBpe({
      vocab: ids,
      merges: learned.merges,
      unkToken: unknown,
      fuseUnk: !byteLevel,
      byteFallback: reserved.bytes.length > 0,
      continuingSubwordPrefix: continuingSubwordPrefix || undefined,
      endOfWordSuffix: endOfWordSuffix || undefined,
    }),
    decoder: readDecoder(bpeDecoder(counter.plan, byteLevel, [continuingSubwordPrefix, endOfWordSuffix])),
    addedTokens: [
      ...special.map((token) => addedToken(token, ids.get(token)!)),
      ...userDefined.map((token) => addedToken(token, ids.get(token)!, { special: false, normalized: false })),
    ],
    roles: { ...defaultRoles(special), ...(unknown !== undefined && { unk: unknown }) },
  });
}

/**
 * Checks what can be checked before a corpus is counted for long.
 * @throws AthanorError('bad-input') as `trainBpe`
 */
export function checkBpe(options: Omit<TrainBpeOptions, 'texts'>): void {
  checkReserved(options, (options.alphabet ?? 'bytes') === 'bytes', options.userDefinedSymbols ?? []);
}

function checkReserved(options: Options, byteLevel: boolean, userDefined: readonly string[]): Reserved {
  const reserved = reservedTokens(options, byteLevel, userDefined);
  checkOptions(options, byteLevel);
  checkSize(options.vocabSize, reserved, byteLevel ? byteAlphabet : []);
  return reserved;
}

type Options = Omit<TrainBpeOptions, 'texts'>;

/** Tokens that are not learned, in the order of their ids. */
interface Reserved {
  readonly special: readonly string[];
  readonly userDefined: readonly string[];
  /** Tokens of bytes, for byte fallback. */
  readonly bytes: readonly string[];
  readonly unknown: string | undefined;
}

function reservedTokens(options: Options, byteLevel: boolean, userDefined: readonly string[]): Reserved {
  const given = options.specialTokens ?? defaultSpecialTokens;
  const byteFallback = !byteLevel && (options.byteFallback ?? true);
  const unknown = byteLevel || byteFallback ? undefined : (options.unknownToken ?? '<|unk|>');
  const special = unknown === undefined || given.includes(unknown) ? given : [...given, unknown];
  checkSpecialTokens([...special, ...userDefined]);
  const bytes = Array.from({ length: byteFallback ? 256 : 0 }, (_, byte) => byteToken(byte));
  return { special, userDefined, bytes, unknown };
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** Special tokens and alphabet. One that is spelled like a character takes that one's place, as in Hugging Face's. */
function initialTokens(options: Options, byteLevel: boolean, reserved: Reserved, words: WordTable): string[] {
  const alphabet = byteLevel ? byteAlphabet : chooseAlphabet(words, options);
  checkSize(options.vocabSize, reserved, alphabet);
  return [...new Set([...reserved.special, ...reserved.userDefined, ...reserved.bytes, ...alphabet])];
}

function checkSize(vocabSize: number, { special, userDefined, bytes }: Reserved, alphabet: readonly string[]): void {
  const least = special.length + userDefined.length + bytes.length + alphabet.length;
  if (Number.isInteger(vocabSize) && vocabSize >= least && vocabSize <= maxVocabulary) return;
  const named = special.length + userDefined.length;
  const parts =
    alphabet === byteAlphabet || bytes.length === 0
      ? `${alphabet.length} ${alphabet === byteAlphabet ? 'bytes' : 'characters'} and ${named} special tokens`
      : `${alphabet.length} characters, ${bytes.length} bytes and ${named} special tokens`;
  throw new AthanorError(
    'bad-input',
    `vocabulary size ${vocabSize}: expected ${least} (${parts}) to ${maxVocabulary}`,
    {
      values: { vocabSize, least },
    },
  );
}

function checkOptions(options: Options, byteLevel: boolean): void {
  if (byteLevel)
    for (const [name, what] of [
      ['limitAlphabet', 'a limit of the alphabet'],
      ['initialAlphabet', 'an initial alphabet'],
      ['characterCoverage', 'character coverage'],
      ['byteFallback', 'byte fallback'],
    ] as const)
      if (options[name] !== undefined) throw needsCharacters(what);
  const { characterCoverage = 1, limitAlphabet = 1, maxTokenLength = 1, minFrequency = 0 } = options;
  if (!(characterCoverage > 0 && characterCoverage <= 1))
    throw new AthanorError('bad-input', `character coverage ${characterCoverage}: expected more than 0, at most 1`);
  for (const [name, value, least] of [
    ['limit of the alphabet', limitAlphabet, 1],
    ['largest token length', maxTokenLength, 1],
    ['least frequency', minFrequency, 0],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      throw new AthanorError('bad-input', `${name} ${value}: expected a whole number from ${least}`);
}

/** The right part loses its prefix (bpe/trainer.rs). */
function joinedBy(prefix: string): ((left: string, right: string) => string) | undefined {
  if (prefix === '') return undefined;
  return (left, right) => left + (right.startsWith(prefix) ? right.slice(prefix.length) : right);
}
