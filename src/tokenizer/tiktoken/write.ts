/** Writes tiktoken's rank files: of a byte-level BPE tokenizer all that `tiktoken.Encoding` takes. */
import { AthanorError } from '../../core/index.ts';
import { tokenToBytes } from '../byte-level.ts';
import { asObject } from '../hf/component.ts';
import { gpt2Regex } from '../pre-tokenizers/patterns.ts';
import type { Json, Tokenizer } from '../types.ts';
import { toFancyRegex } from './pattern.ts';
import { writeRanks } from './ranks.ts';

/** The arguments of `tiktoken.Encoding`. */
export interface TiktokenFile {
  /** Content of the `.tiktoken` file: `mergeable_ranks`. */
  readonly ranks: string;
  /** `pat_str`. */
  readonly pattern: string;
  readonly specialTokens: Readonly<Record<string, number>>;
}

/**
 * tiktoken gives the same ids as the tokenizer, where its special tokens are allowed.
 * @throws AthanorError('unsupported') for what tiktoken does not have: normalizers, several patterns, models other than
 *   byte-level BPE, tokens whose ids are not in the order of their merges
 */
export function toTiktoken(tokenizer: Tokenizer): TiktokenFile {
  const json = tokenizer.toJSON();
  if (json.normalizer !== null) throw notKnown('normalizer', 'changes the text');
  const pattern = toFancyRegex(patternOf(json.pre_tokenizer));
  const model = asObject(json.model, 'model');
  if (model.type !== 'BPE' || model.byte_fallback || model.continuing_subword_prefix || model.end_of_word_suffix)
    throw notKnown('model', 'is no byte-level BPE');
  const special = new Map(json.added_tokens.map(({ id, content }) => [id, content]));
  const vocab = asObject(model.vocab, 'model.vocab') as Readonly<Record<string, number>>;
  const ranks = new Map<string, number>();
  for (const [token, id] of Object.entries(vocab)) {
    if (special.has(id)) continue;
    const bytes = tokenToBytes(token);
    if (!bytes) throw notKnown(`model.vocab[${JSON.stringify(token)}]`, 'is not spelled in bytes');
    ranks.set(String.fromCharCode(...bytes), id);
  }
  checkOrder(model.merges as readonly (string | readonly [string, string])[], vocab);
  return {
    ranks: writeRanks(ranks),
    pattern,
    specialTokens: Object.fromEntries([...special].map(([id, content]) => [content, id])),
  };
}

function notKnown(place: string, what: string): AthanorError {
  return new AthanorError('unsupported', `tokenizer.json: ${place} ${what}, which tiktoken cannot do`, {
    place,
    hint: 'tiktoken runs byte-level BPE behind one pattern.',
  });
}

/** tiktoken merges in the order of ids; here merges have an order of their own. */
function checkOrder(
  merges: readonly (string | readonly [string, string])[],
  vocab: Readonly<Record<string, number>>,
): void {
  let last = -1;
  for (const [i, pair] of merges.entries()) {
    const id = vocab[typeof pair === 'string' ? pair.replace(' ', '') : pair[0] + pair[1]]!;
    if (id < last) throw notKnown(`model.merges[${i}]`, `makes token ${id} after token ${last}`);
    last = id;
  }
}

function patternOf(json: Json): string {
  const steps = json?.type === 'Sequence' ? (json.pretokenizers as readonly NonNullable<Json>[]) : json ? [json] : [];
  const [first, second, ...more] = steps;
  if (first?.type === 'ByteLevel' && first.use_regex !== false && first.add_prefix_space !== true && !second)
    return gpt2Regex;
  const regex = (first?.pattern as { Regex?: string } | undefined)?.Regex;
  const isolates = first?.type === 'Split' && first.behavior === 'Isolated' && !first.invert;
  const bytes = second?.type === 'ByteLevel' && second.use_regex === false && second.add_prefix_space !== true;
  if (!isolates || regex === undefined || !bytes || more.length > 0)
    throw notKnown('pre_tokenizer', 'is not one pattern before ByteLevel');
  return regex;
}
