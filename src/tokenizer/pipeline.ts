/**
 * Text → ids, or → an encoding with offsets: added tokens, normalizer, pre-tokenizer, model. Three ways that agree id
 * for id: on aligned text (the reference), on strings, and fast-path.ts on bytes. Knows no special tokens that are put
 * around a text.
 */
import { type AddedVocabulary, type AllowedTest, allowedTest, noToken } from './added-tokens.ts';
import { AlignedText } from './aligned-text.ts';
import { wellFormed } from './byte-level.ts';
import { emptyDraft } from './encoding.ts';
import { type FastEncode, fastPath } from './fast-path.ts';
import { splitAligned, splitText, usesOrigin } from './pre-tokenizers/run.ts';
import { literalMatcher } from './regex/matcher.ts';
import type { EncodeOptions, EncodingDraft, Model, Normalizer, PreTokenizer } from './types.ts';

export interface PipelineParts {
  readonly normalizer?: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer;
  readonly model: Model;
}

/** `EncodeOptions` after one look at them. */
interface Settings {
  readonly allowed: AllowedTest;
  readonly mark: string;
}

export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #vocabulary: AddedVocabulary;
  readonly #fast: FastEncode | undefined;
  /** Where the text begins in the original matters, and only alignments tell what the normalizer made of it. */
  readonly #needsOrigin: boolean;

  constructor(parts: PipelineParts, vocabulary: AddedVocabulary) {
    this.#parts = parts;
    this.#vocabulary = vocabulary;
    this.#fast = fastPath(parts);
    this.#needsOrigin = parts.normalizer !== undefined && usesOrigin(parts.preTokenizer.steps);
  }

  /** Appends the ids of a text. @param limit once `ids` has more than this, the rest of the text is left out */
  encode(text: string, options: EncodeOptions, ids: number[], limit = Number.POSITIVE_INFINITY): void {
    const settings = this.#settings(text, options);
    const whole = wellFormed(text);
    if (!this.#vocabulary.has('raw')) {
      this.#encodeStretch(whole, true, settings, ids, limit);
      return;
    }
    const parts = this.#vocabulary.split(whole, 'raw', settings.allowed);
    for (let i = 0; i < parts.length; i += 3) {
      const [start, end, id] = [parts[i]!, parts[i + 1]!, parts[i + 2]!];
      if (id === noToken) this.#encodeStretch(whole.slice(start, end), start === 0, settings, ids, limit);
      else ids.push(id);
      if (ids.length > limit) return;
    }
  }

  #settings(text: string, options: EncodeOptions): Settings {
    const allowed = allowedTest(options.allowedSpecial);
    this.#vocabulary.checkDisallowed(text, options, allowed);
    return { allowed, mark: options.literalMark ?? '' };
  }

  /** @param first whether the stretch begins where the text begins */
  #encodeStretch(stretch: string, first: boolean, settings: Settings, ids: number[], limit: number): void {
    if (stretch === '') return;
    const { normalizer } = this.#parts;
    if (first && this.#needsOrigin) {
      this.#alignStretch(AlignedText.of(stretch), settings, {
        token: (id) => ids.push(id),
        piece: (piece) => this.#parts.model.encodePiece(piece.text, ids),
      });
      return;
    }
    const marked = settings.mark !== '' && stretch.includes(settings.mark);
    const fast = marked ? undefined : this.#fast;
    const inNormalized = this.#vocabulary.has('normalized');
    if (fast && !inNormalized) {
      fast(stretch, ids, limit);
      return;
    }
    const normalized = normalizer ? normalizer.normalize(stretch) : stretch;
    const parts = inNormalized
      ? this.#vocabulary.split(normalized, 'normalized', settings.allowed)
      : [0, normalized.length, noToken];
    if (fast && parts.length === 3 && parts[2] === noToken) {
      fast(stretch, ids, limit);
      return;
    }
    for (let i = 0; i < parts.length; i += 3) {
      const [start, end, id] = [parts[i]!, parts[i + 1]!, parts[i + 2]!];
      if (id === noToken) {
        const text = normalized.slice(start, end);
        if (fast && !normalizer) fast(text, ids, limit);
        else this.#encodePieces(marked ? text.replaceAll(settings.mark, '') : text, first && start === 0, ids, limit);
      } else ids.push(id);
      if (ids.length > limit) return;
    }
  }

  #encodePieces(text: string, first: boolean, ids: number[], limit: number): void {
    const { preTokenizer, model } = this.#parts;
    for (const piece of splitText(text, preTokenizer.steps, first)) {
      model.encodePiece(piece, ids);
      if (ids.length > limit) return;
    }
  }

  /** The same ids with what is known of every token. @param typeId 0 first text, 1 second of a pair */
  draft(text: string, typeId: number, options: EncodeOptions): EncodingDraft {
    const settings = this.#settings(text, options);
    const whole = AlignedText.of(wellFormed(text));
    const builder = new DraftBuilder(this.#parts.model, whole.text, typeId);
    const parts = this.#vocabulary.split(whole.text, 'raw', settings.allowed);
    for (let i = 0; i < parts.length; i += 3) {
      const part = whole.slice(parts[i]!, parts[i + 1]!);
      if (parts[i + 2] === noToken) this.#alignStretch(part, settings, builder);
      else builder.token(parts[i + 2]!, part);
    }
    return builder.draft;
  }

  #alignStretch(stretch: AlignedText, settings: Settings, to: PieceTarget): void {
    const { normalizer, preTokenizer } = this.#parts;
    const normalized = normalizer ? normalizer.align(stretch) : stretch;
    const parts = this.#vocabulary.split(normalized.text, 'normalized', settings.allowed);
    for (let i = 0; i < parts.length; i += 3) {
      // Hugging Face slices here even where nothing was found: the slice begins where its first character came from.
      const part = normalized.slice(parts[i]!, parts[i + 1]!);
      if (parts[i + 2] !== noToken) to.token(parts[i + 2]!, part);
      else for (const piece of splitAligned(withoutMark(part, settings.mark), preTokenizer.steps)) to.piece(piece);
    }
  }
}

/** Where the parts of a text go, in order. */
interface PieceTarget {
  token(id: number, text: AlignedText): void;
  piece(piece: AlignedText): void;
}

class DraftBuilder implements PieceTarget {
  readonly draft: EncodingDraft;
  readonly #model: Model;
  readonly #typeId: number;
  readonly #spans: number[] = [];
  #words = 0;

  constructor(model: Model, text: string, typeId: number) {
    this.draft = emptyDraft(text);
    this.#model = model;
    this.#typeId = typeId;
  }

  token(id: number, text: AlignedText): void {
    this.draft.ids.push(id);
    this.#add(text.text, text, 0, text.length);
    this.#words++;
  }

  piece(piece: AlignedText): void {
    const { ids } = this.draft;
    const spans = this.#spans;
    spans.length = 0;
    const from = ids.length;
    this.#model.encodePiece(piece.text, ids, spans);
    for (let i = from; i < ids.length; i++) {
      const id = ids[i]!;
      const start = spans[2 * (i - from)]!;
      const end = spans[2 * (i - from) + 1]!;
      const isText = this.#model.unknownKeepsText && id === this.#model.unkId;
      this.#add(isText ? piece.text.slice(start, end) : (this.#model.idToToken(id) ?? ''), piece, start, end);
    }
    this.#words++;
  }

  /** All of a token but its id. */
  #add(token: string, text: AlignedText, start: number, end: number): void {
    const { draft } = this;
    draft.tokens.push(token);
    draft.offsets.push(text.originalSpan(start, end) ?? [text.origin + start, text.origin + end]);
    draft.word_ids.push(this.#words);
    draft.token_type_ids.push(this.#typeId);
    draft.special_tokens_mask.push(0);
    draft.attention_mask.push(1);
  }
}

function withoutMark(text: AlignedText, mark: string): AlignedText {
  return mark === '' ? text : text.replace(literalMatcher(mark).matches(text.text), '');
}
