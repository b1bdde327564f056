/**
 * Makes a BPE vocabulary larger for a new language or domain: learns merges on top of those that are there. Old tokens
 * keep their ids, and new merges rank after all old ones and make new tokens only, so a text is first merged as before:
 * new ids with each new token replaced by its `pieces` are the old ids (unless the vocabulary has `ignore_merges`, where
 * a word that is a token is taken whole). Knows no model weights.
 */
import { AthanorError } from '../core/index.ts';
import { learnMerges } from './bpe/merge-trainer.ts';
import { fromJSON } from './hf/read.ts';
import { tokenizerModels } from './models/registry.gen.ts';
import { readNormalizer } from './normalizers/read.ts';
import { readPreTokenizer } from './pre-tokenizers/read.ts';
import { splitText } from './pre-tokenizers/run.ts';
import type { Json, Model, Tokenizer, TokenizerJson } from './types.ts';

export interface ExtendBpeOptions {
  readonly texts: Iterable<string>;
  /** How many tokens to add; fewer are where the texts do not give as many. */
  readonly add: number;
  /** A pair that occurs less often is not merged. Default 2. */
  readonly minFrequency?: number;
  /** Longest new token in characters of the vocabulary's spelling (bytes, if it is byte-level). Default 16; 48 for bytes. */
  readonly maxTokenLength?: number;
  /**
   * For vocabularies that fall back to bytes: characters that have no token get one, the most frequent first, until this
   * share of the text is covered (SentencePiece's character_coverage). Default 0.9995.
   */
  readonly characterCoverage?: number;
  readonly progress?: (done: number, total: number) => void;
}

export interface NewToken {
  readonly id: number;
  readonly content: string;
  /** The old tokens that stood for it. */
  readonly pieces: readonly number[];
}

export interface ExtendedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly added: readonly NewToken[];
}

interface BpeJson {
  readonly type: 'BPE';
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly byte_fallback?: boolean;
  readonly continuing_subword_prefix?: string | null;
  readonly end_of_word_suffix?: string | null;
}

/**
 * @param roles bos, eos, pad, unk by token text: as tokenizer_config.json names them (`fromJSON`'s second argument)
 * @throws AthanorError('unsupported') for a vocabulary that is not BPE, ('bad-input') for texts that give no new token
 */
export function extendBpe(
  tokenizer: Tokenizer,
  options: ExtendBpeOptions,
  roles: Parameters<typeof fromJSON>[1] = {},
): ExtendedTokenizer {
  const json = tokenizer.toJSON();
  const bpe = bpeOf(json);
  const model = tokenizerModels.bpe.read(bpe as unknown as Record<string, unknown>, 'model', () => model);
  const byteLevel = isByteLevel(json);
  const words = countWords(json, options.texts, byteLevel);
  const vocabulary = new GrowingVocabulary(bpe, tokenizer);
  if (bpe.byte_fallback) addCharacters(vocabulary, model, words, options);
  learn(vocabulary, model, words, options, byteLevel ? 48 : 16);
  if (vocabulary.added.length === 0)
    throw new AthanorError('bad-input', 'the texts give no new token', {
      hint: 'Give more text of the new language, or a smaller minimal frequency.',
    });
  const extended = { ...json, model: vocabulary.toJSON() };
  return { tokenizer: fromJSON(extended, roles), added: vocabulary.added };
}

function bpeOf(json: TokenizerJson): BpeJson {
  const model = json.model as unknown as BpeJson;
  const refuse = (what: string) =>
    new AthanorError('unsupported', `${what} cannot be extended`, {
      place: 'model',
      hint: 'Only BPE vocabularies without prefix and suffix can: GPT-2, Llama, Qwen, Gemma, DeepSeek and the like.',
    });
  if (model.type !== 'BPE') throw refuse(`a ${model.type} vocabulary`);
  if (model.continuing_subword_prefix || model.end_of_word_suffix)
    throw refuse('a BPE vocabulary with a prefix or suffix of words');
  return model;
}

/** Whether pieces come to the model spelled in GPT-2's byte alphabet. */
function isByteLevel(json: TokenizerJson): boolean {
  return [json.pre_tokenizer, json.normalizer].some((part) => /"type":"ByteLevel"/.test(JSON.stringify(part)));
}

/**
 * Where the whole text is one piece, merges are learned within words all the same: ▁ or punctuation in front of letters,
 * digits alone, the rest alone (as SentencePiece's trainer cuts; without it tokens would span words).
 */
const wordPattern = /[▁ ]?[\p{L}\p{M}]+|[▁ ]?\p{N}+|[▁ ]+|[▁ ]?[^\p{L}\p{M}\p{N}▁ ]+/gu;

function countWords(json: TokenizerJson, texts: Iterable<string>, byteLevel: boolean): Map<string, number> {
  const normalizer = readNormalizer(json.normalizer);
  const { steps } = readPreTokenizer(json.pre_tokenizer);
  const counts = new Map<string, number>();
  for (const text of texts) {
    const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
    for (const piece of splitText(normalizer ? normalizer.normalize(wellFormed) : wellFormed, steps, true))
      for (const word of byteLevel ? [piece] : (piece.match(wordPattern) ?? []))
        counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size === 0) throw new AthanorError('bad-input', 'the texts to learn from are empty');
  return counts;
}

/** The old vocabulary and what is added to it, as the file will have it. */
class GrowingVocabulary {
  readonly added: NewToken[] = [];
  readonly #bpe: BpeJson;
  readonly #ids: Map<string, number>;
  readonly #merges: (readonly [string, string])[] = [];
  readonly #firstId: number;

  constructor(bpe: BpeJson, { addedTokens, vocabSize }: Tokenizer) {
    this.#bpe = bpe;
    this.#ids = new Map(Object.entries(bpe.vocab));
    // Hugging Face numbers added tokens that the model does not have from the model's size on, whatever the file says:
    // where the model grows, they must be in its vocabulary to keep their ids.
    for (const { content, id } of addedTokens) this.#ids.set(content, id);
    this.#firstId = vocabSize;
  }

  get contents(): string[] {
    return [...this.#ids.keys()];
  }

  idOf(content: string): number | undefined {
    return this.#ids.get(content);
  }

  addToken(content: string, pieces: readonly number[]): void {
    const id = this.#firstId + this.added.length;
    this.#ids.set(content, id);
    this.added.push({ id, content, pieces });
  }

  /** A merge and its token, which must be new. */
  addMerge(left: string, right: string): void {
    this.#merges.push([left, right]);
    this.addToken(left + right, [...this.#piecesOf(left), ...this.#piecesOf(right)]);
  }

  #piecesOf(content: string): readonly number[] {
    const id = this.#ids.get(content)!;
    return id < this.#firstId ? [id] : this.added[id - this.#firstId]!.pieces;
  }

  toJSON(): Json {
    const { merges } = this.#bpe;
    // Older files write a pair as one string.
    const spaced = typeof merges[0] === 'string';
    const more = spaced ? this.#merges.map((pair) => pair.join(' ')) : this.#merges;
    return { ...this.#bpe, vocab: Object.fromEntries(this.#ids), merges: [...merges, ...more] };
  }
}

/** Tokens for characters that fell apart into bytes until now. */
function addCharacters(
  vocabulary: GrowingVocabulary,
  model: Model,
  words: ReadonlyMap<string, number>,
  { add, minFrequency = 2, characterCoverage = 0.9995 }: ExtendBpeOptions,
): void {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word, count] of words)
    for (const character of word) {
      counts.set(character, (counts.get(character) ?? 0) + count);
      total += count;
    }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  let covered = 0;
  for (const [character, count] of sorted) {
    if (covered >= total * characterCoverage || count < minFrequency || vocabulary.added.length >= add) return;
    covered += count;
    if (vocabulary.idOf(character) !== undefined) continue;
    const pieces: number[] = [];
    model.encodePiece(character, pieces);
    vocabulary.addToken(character, pieces);
  }
}

/** Learns merges on the words as the old vocabulary (and its new characters) spells them. */
function learn(
  vocabulary: GrowingVocabulary,
  model: Model,
  words: ReadonlyMap<string, number>,
  { add, minFrequency = 2, maxTokenLength, progress }: ExtendBpeOptions,
  longest: number,
): void {
  const symbols = vocabulary.contents;
  const indexOf = new Map(symbols.map((content, i) => [content, i]));
  const newCharacters = new Set(vocabulary.added.map(({ content }) => content));
  const ids: number[] = [];
  const starts = [0];
  const counts: number[] = [];
  const take = (part: readonly string[], count: number) => {
    if (part.length < 2) return;
    for (const content of part) ids.push(indexOf.get(content)!);
    starts.push(ids.length);
    counts.push(count);
  };
  for (const [word, count] of words) for (const part of spell(word, model, newCharacters)) take(part, count);
  const limit = maxTokenLength ?? longest;
  const room = add - vocabulary.added.length;
  const { merges } = learnMerges({
    symbols,
    ids: Int32Array.from(ids),
    starts: Int32Array.from(starts),
    counts: Float64Array.from(counts),
    vocabSize: symbols.length + room + Math.ceil(room / 4) + 16, // some are too long and left out
    minFrequency,
    progress: progress && ((tokens) => progress(Math.min(add, tokens - symbols.length), add)),
  });
  for (const [left, right] of merges) {
    if (vocabulary.added.length >= add) return;
    // A new way to an old token would let old merges go on from there, in texts that the new language is not in.
    const isOld = vocabulary.idOf(left + right) !== undefined;
    // A merge that builds on one that was left out cannot happen.
    const known = vocabulary.idOf(left) !== undefined && vocabulary.idOf(right) !== undefined;
    if (known && !isOld && [...left, ...right].length <= limit) vocabulary.addMerge(left, right);
  }
}

/**
 * A word as the old tokens spell it; new characters stand for themselves. What has no token (unk, bytes of a rare
 * character) is a wall: parts on its two sides are apart.
 */
function spell(word: string, model: Model, newCharacters: ReadonlySet<string>): string[][] {
  const parts: string[][] = [[]];
  const takeOld = (stretch: string) => {
    const ids: number[] = [];
    model.encodePiece(stretch, ids);
    for (const id of ids) {
      const content = model.idToToken(id)!;
      if (id === model.unkId || /^<0x[0-9A-F]{2}>$/.test(content)) parts.push([]);
      else parts.at(-1)!.push(content);
    }
  };
  let stretch = '';
  for (const character of newCharacters.size === 0 ? [] : word) {
    if (!newCharacters.has(character)) {
      stretch += character;
      continue;
    }
    if (stretch !== '') takeOld(stretch);
    stretch = '';
    parts.at(-1)!.push(character);
  }
  if (newCharacters.size === 0) stretch = word;
  if (stretch !== '') takeOld(stretch);
  return parts;
}
