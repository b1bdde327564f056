/**
 * Writes SentencePiece's `.model` files: of a tokenizer that was read from one, that file; of others the pieces and the
 * normalizer that tokenizer.json describes, where SentencePiece knows them. The way back from to-json.ts.
 */
import { AthanorError } from '../../core/index.ts';
import { asObject, badFile } from '../hf/component.ts';
import { compileRegex } from '../regex/matcher.ts';
import type { AddedToken, Json, Tokenizer } from '../types.ts';
import { spaceSymbol } from './normalizer.ts';
import {
  defaultNormalizer,
  defaultTrainer,
  type ModelProto,
  modelTypes,
  type NormalizerSpec,
  type Piece,
  pieceByte,
  pieceTypes,
  writeModelProto,
} from './proto.ts';
import { sourceOf } from './read.ts';

/**
 * The `.model` file of a Unigram tokenizer, or of a BPE one that writes ▁ for spaces (with or without byte fallback).
 * PyPI's sentencepiece reads it and gives the same ids, but for three things that the format cannot say: SentencePiece
 * finds special tokens in no text, a Metaspace pre-tokenizer puts no second ▁ before a text that begins with one, and
 * Unigram scores that tie in 32 bits may not tie in 64. Unicode normalizers (NFKC, Nmt) would have to be compiled to a
 * character map, which is not done.
 * @throws AthanorError('unsupported') naming the component that SentencePiece does not have
 */
export function toSentencePiece(tokenizer: Tokenizer): Uint8Array {
  const source = sourceOf(tokenizer);
  if (source) return source.slice();
  const json = tokenizer.toJSON();
  const model = asObject(json.model, 'model');
  const scored = model.type === 'Unigram' ? unigramPieces(model) : model.type === 'BPE' ? bpePieces(model) : undefined;
  if (!scored) throw notKnown('model.type', model.type, 'Unigram and BPE models have this format.');
  const byteFallback = model.byte_fallback === true;
  const pieces = typedPieces(scored.pieces, json.added_tokens, scored.unkId, byteFallback);
  const normalizer = readNormalizer(json.normalizer, json.pre_tokenizer, pieces);
  const name = (id: number | undefined, fallback: string) =>
    (id === undefined ? undefined : pieces[id]?.piece) ?? fallback;
  const { bos, eos, pad } = tokenizer.specialTokens;
  const trainer = {
    ...defaultTrainer(),
    modelType: model.type === 'Unigram' ? modelTypes.unigram : modelTypes.bpe,
    byteFallback,
    unkPiece: name(scored.unkId, '<unk>'),
    bosPiece: name(bos, '<s>'),
    eosPiece: name(eos, '</s>'),
    padPiece: name(pad, '<pad>'),
  };
  return writeModelProto({ pieces, trainer, normalizer, denormalizer: undefined } satisfies ModelProto);
}

function notKnown(place: string, value: unknown, hint: string): AthanorError {
  const shown = JSON.stringify(value)?.slice(0, 80);
  return new AthanorError('unsupported', `${place}: SentencePiece has no ${shown}`, { place, hint });
}

interface ScoredPieces {
  /** By id; undefined for a hole in the id range. */
  readonly pieces: (readonly [piece: string, score: number] | undefined)[];
  readonly unkId: number | undefined;
}

function unigramPieces(model: Readonly<Record<string, unknown>>): ScoredPieces {
  const pieces = model.vocab as [string, number][];
  return { pieces: [...pieces], unkId: typeof model.unk_id === 'number' ? model.unk_id : undefined };
}

/** SentencePiece joins by a score of the result; here it is minus the rank of the first merge that makes the piece. */
function bpePieces(model: Readonly<Record<string, unknown>>): ScoredPieces {
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix', 'ignore_merges'])
    if (model[key]) throw notKnown(`model.${key}`, model[key], 'Only plain BPE has this format.');
  const vocab = asObject(model.vocab, 'model.vocab');
  const ranks = new Map<string, number>();
  let last = '';
  for (const pair of model.merges as (string | [string, string])[]) {
    const made = typeof pair === 'string' ? pair.replace(' ', '') : pair[0] + pair[1];
    // Merges of one piece are one step for SentencePiece, so no other piece may come between them.
    if (made !== last && ranks.has(made))
      throw notKnown('model.merges', pair, `Other merges stand between two that make ${JSON.stringify(made)}.`);
    if (made !== last) ranks.set(made, ranks.size);
    last = made;
  }
  const pieces: ScoredPieces['pieces'] = [];
  for (const [piece, id] of Object.entries(vocab)) pieces[id as number] = [piece, -(ranks.get(piece) ?? ranks.size)];
  const unk = model.unk_token;
  const unkId = typeof unk === 'string' ? (vocab[unk] as number | undefined) : undefined;
  return { pieces: Array.from(pieces), unkId };
}

const tabPiece = '<0x09>';

function typedPieces(
  scored: ScoredPieces['pieces'],
  added: readonly AddedToken[],
  unkId: number | undefined,
  byteFallback: boolean,
): Piece[] {
  const addedById = new Map(added.map((token) => [token.id, token]));
  const size = added.reduce((limit, { id }) => Math.max(limit, id + 1), scored.length);
  // transformers renames Gemma's byte piece of the tab.
  const hasTab = scored.some((one) => one?.[0] === tabPiece);
  return Array.from({ length: size }, (_, id): Piece => {
    const token = addedById.get(id);
    if (byteFallback && !hasTab && scored[id]?.[0] === '\t')
      return { piece: tabPiece, score: 0, type: pieceTypes.byte };
    const [piece, score] = scored[id] ?? [token?.content ?? `<hole_${id}>`, 0];
    if (id === unkId) return { piece, score: 0, type: pieceTypes.unknown };
    if (token) return { piece, score: 0, type: token.special ? pieceTypes.control : pieceTypes.userDefined };
    if (scored[id] === undefined) return { piece, score: 0, type: pieceTypes.control };
    if (byteFallback && pieceByte(piece) >= 0) return { piece, score: 0, type: pieceTypes.byte };
    return { piece, score, type: pieceTypes.normal };
  });
}

function steps(json: Json, key: string): Readonly<Record<string, unknown>>[] {
  if (json === null) return [];
  if (json.type !== 'Sequence') return [json];
  return (json[key] as Json[]).flatMap((one) => steps(one, key));
}

/** What the components in front of the model are in SentencePiece's settings. */
function readNormalizer(normalizer: Json, preTokenizer: Json, pieces: readonly Piece[]): NormalizerSpec {
  const spec = { ...defaultNormalizer(), addDummyPrefix: false, removeExtraWhitespaces: false };
  let escapes = false;
  for (const step of steps(normalizer, 'normalizers')) {
    const pattern = step.pattern as { String?: string; Regex?: string } | undefined;
    const doubled = pattern?.Regex === ' {2,}' && (step.content === ' ' || step.content === spaceSymbol);
    if (step.type === 'Precompiled') spec.charsMap = fromBase64(step.precompiled_charsmap);
    else if (step.type === 'Prepend' && step.prepend === spaceSymbol) spec.addDummyPrefix = true;
    else if (step.type === 'Replace' && pattern?.String === ' ' && step.content === spaceSymbol) escapes = true;
    else if (step.type === 'Replace' && doubled) spec.removeExtraWhitespaces = true;
    else if (step.type !== 'Strip')
      throw notKnown(
        'normalizer',
        step,
        'Only Precompiled (of a .model file), Prepend, Replace and Strip can be written.',
      );
  }
  for (const step of steps(preTokenizer, 'pretokenizers')) {
    if (step.type === 'WhitespaceSplit') spec.removeExtraWhitespaces = true;
    else if (step.type === 'Metaspace') {
      escapes = true;
      const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? 'never' : 'always');
      if (scheme !== 'never') spec.addDummyPrefix = true;
    } else if (step.type === 'Split' && (step.pattern as { String?: string }).String === ' ' && escapes) {
      // Gemma's: no space is left to split at.
    } else if (cutsNothing(step, pieces)) {
      // What was trained behind the cut has no piece that it would forbid.
    } else throw notKnown('pre_tokenizer', step, 'It has Metaspace only; patterns are no part of the format.');
  }
  if (!escapes) throw notKnown('pre_tokenizer', preTokenizer, 'The tokens must write ▁ for spaces.');
  spec.name = spec.charsMap.length > 0 ? 'user_defined' : 'identity';
  return spec;
}

/**
 * Whether a step that cuts out single digits, or runs of characters of one class, leaves every piece whole: then no two
 * pieces are joined across a cut, and the step changes nothing.
 */
function cutsNothing(step: Readonly<Record<string, unknown>>, pieces: readonly Piece[]): boolean {
  const regex = (step.pattern as { Regex?: string } | undefined)?.Regex ?? '';
  const isRun = step.type === 'Split' && step.behavior === 'Isolated' && !step.invert && /^\[[^[\]]+\]\+$/.test(regex);
  const isDigits = step.type === 'Digits' && step.individual_digits === true;
  if (!isRun && !isDigits) return false;
  const matcher = compileRegex(isDigits ? '\\p{N}' : regex, 'pre_tokenizer');
  return pieces.every(({ piece, type }) => {
    const [start, end] = type === pieceTypes.normal ? matcher.matches(piece) : [];
    return start === undefined || (start === 0 && end === piece.length);
  });
}

function fromBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw badFile('normalizer.precompiled_charsmap', 'expected a string', text);
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
