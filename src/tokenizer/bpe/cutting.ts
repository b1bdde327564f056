/** How a corpus is cut into words for BPE, and how tokens become text again: components of tokenizer.json. */
import { AthanorError } from '../../core/index.ts';
import { gpt2Regex, type PatternName, patternJson, patternNames } from '../pre-tokenizers/patterns.ts';
import type { CuttingPlan } from '../trainers/corpus-cutter.ts';
import type { Json } from '../types.ts';

/** What SentencePiece and Llama write for a space. */
export const spaceMark = '▁';

/** Patterns of an alphabet of characters: those of bytes, and words with the space before them as in SentencePiece. */
export const characterPatternNames = ['metaspace', ...patternNames] as const;

export interface BpeCutting {
  /**
   * The smallest symbols: bytes, of which any text is made (GPT-2); or characters, with `▁` for spaces (Llama, Gemma).
   * Default 'bytes'.
   */
  readonly alphabet?: 'bytes' | 'characters' | undefined;
  /**
   * How text is cut; no merge crosses a cut. A name, or a regular expression. Default 'gpt2', or 'metaspace' for
   * characters.
   */
  readonly pattern?: PatternName | 'metaspace' | (string & {}) | undefined;
  /** Every digit is a token of its own. Default false. */
  readonly splitDigits?: boolean | undefined;
  /** Strings that are always one token wherever they occur; text around them is learned from as if they were not there. */
  readonly userDefinedSymbols?: readonly string[] | undefined;
  /** With characters: a text begins with a `▁`, so that its first word is spelled as any other. Default true. */
  readonly addPrefixSpace?: boolean | undefined;
}

/** @throws AthanorError('bad-input') for an unknown name, ('unsupported' | 'bad-file') for a bad regular expression */
export function bpePlan(cutting: BpeCutting): CuttingPlan {
  const { alphabet = 'bytes', splitDigits = false, userDefinedSymbols: isolated = [] } = cutting;
  const preTokenizer =
    alphabet === 'bytes'
      ? patternJson(cutting.pattern ?? 'gpt2', { splitDigits })
      : characterPreTokenizer(cutting.pattern ?? 'metaspace', splitDigits, cutting.addPrefixSpace ?? true);
  return isolated.length > 0 ? { preTokenizer, isolated } : { preTokenizer };
}

function characterPreTokenizer(pattern: string, splitDigits: boolean, addPrefixSpace: boolean): Json {
  const digits = splitDigits ? [{ type: 'Digits', individual_digits: true }] : [];
  const prepend = addPrefixSpace ? 'first' : 'never';
  const spaces = (split: boolean) => ({ type: 'Metaspace', replacement: spaceMark, prepend_scheme: prepend, split });
  // Line ends are cut off: SentencePiece, which learns from lines, never sees one.
  const parts =
    pattern === 'metaspace'
      ? [spaces(true), ...digits, isolate('[\\r\\n]+')]
      : [...digits, ...patternCuts(pattern), spaces(false)];
  return { type: 'Sequence', pretokenizers: parts };
}

/** The cuts of a byte-level pattern, without what makes bytes of characters. */
function patternCuts(pattern: string): Json[] {
  const json = patternJson(pattern);
  const parts = json?.type === 'Sequence' ? (json.pretokenizers as readonly Json[]) : [json];
  return parts.flatMap((part) => (part?.type !== 'ByteLevel' ? [part] : part.use_regex ? [isolate(gpt2Regex)] : []));
}

function isolate(regex: string): Json {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false };
}

/** Decoder of the tokens of such words. */
export function bpeDecoder(plan: CuttingPlan, byteLevel: boolean, affixes: readonly string[]): Json {
  const marks = affixes.filter((affix) => affix !== '').map((affix) => replace(affix, ''));
  if (byteLevel) {
    const bytes = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
    return marks.length === 0 ? bytes : { type: 'Sequence', decoders: [...marks, bytes] };
  }
  const prefix = startsWithSpace(plan.preTokenizer) ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : [];
  const spaces = [replace(spaceMark, ' '), { type: 'ByteFallback' }, { type: 'Fuse' }];
  return { type: 'Sequence', decoders: [...marks, ...spaces, ...prefix] };
}

function replace(text: string, content: string): Json {
  return { type: 'Replace', pattern: { String: text }, content };
}

/** Whether a Metaspace puts a space in front of a text. */
function startsWithSpace(json: Json): boolean {
  const parts = json?.type === 'Sequence' ? (json.pretokenizers as readonly Json[]) : [json];
  return parts.some((part) => part?.type === 'Metaspace' && part.prepend_scheme !== 'never');
}

/** The error for an option that the alphabet of bytes has no use for. */
export function needsCharacters(option: string): AthanorError {
  return new AthanorError('bad-input', `${option} needs an alphabet of characters`, {
    hint: 'Bytes are 256 in any case. Choose the alphabet of characters, or leave the option out.',
  });
}
