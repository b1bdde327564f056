/**
 * Vocabularies from before tokenizer.json as the tokenizer.json that transformers makes of them
 * (convert_slow_tokenizer.py): `vocab.json` with `merges.txt` (GPT-2, RoBERTa, CLIP, Qwen 2), `vocab.txt` (BERT).
 * Which it is, tokenizer_config.json says. Pure: texts in, JSON out.
 */
import { AthanorError } from '../../core/index.ts';
import { addedToken, readAddedTokens } from '../added-tokens.ts';
import { asObject, badFile } from '../hf/component.ts';
import type { TokenizerConfig } from '../hf/read.ts';
import { patterns } from '../pre-tokenizers/patterns.ts';
import type { AddedToken, Json, TokenizerJson } from '../types.ts';

const empty = { version: '1.0', truncation: null, padding: null } as const;
const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true } as const;

type TokenRole = 'bos_token' | 'eos_token' | 'unk_token' | 'pad_token' | 'cls_token' | 'sep_token' | 'mask_token';

/** A role's token in the config, or what the model's class has. */
function roleToken(config: TokenizerConfig, role: TokenRole, fallback?: string): string | undefined {
  const token = config[role] as string | { content?: string } | null | undefined;
  return (typeof token === 'string' ? token : token?.content) ?? fallback;
}

/** `added_tokens_decoder` of tokenizer_config.json: `{ "50256": { content, … } }`. */
export function configTokens(config: TokenizerConfig): AddedToken[] {
  const decoder = config.added_tokens_decoder;
  if (decoder === undefined || decoder === null) return [];
  const place = 'tokenizer_config.json: added_tokens_decoder';
  const list = Object.entries(asObject(decoder, place)).map(([id, token]) => ({
    ...asObject(token, `${place}.${id}`),
    id: Number(id),
  }));
  return readAddedTokens(list, place);
}

/** The config's added tokens, and those roles that it does not list. */
function addedTokens(
  config: TokenizerConfig,
  vocab: Readonly<Record<string, number>>,
  roles: readonly (string | undefined)[],
): AddedToken[] {
  const tokens = configTokens(config);
  const known = new Set(tokens.map(({ content }) => content));
  let next = Object.values(vocab).reduce((limit, id) => Math.max(limit, id + 1), 0);
  for (const token of tokens) next = Math.max(next, token.id + 1);
  for (const content of new Set(roles)) {
    if (content === undefined || known.has(content)) continue;
    tokens.push(addedToken(content, vocab[content] ?? next++));
  }
  return tokens.sort((a, b) => a.id - b.id);
}

/**
 * @param vocab content of vocab.json
 * @param merges content of merges.txt
 */
export function fromVocabAndMerges(vocab: unknown, merges: string, config: TokenizerConfig): TokenizerJson {
  const ids = asObject(vocab, 'vocab.json') as Readonly<Record<string, number>>;
  const kind = String(config.tokenizer_class ?? 'GPT2Tokenizer').replace(/(Tokenizer)?(Fast)?$/, '');
  if (kind === 'CLIP') return clip(ids, merges, config);
  const isRoberta = ['Roberta', 'Bart', 'Longformer', 'LED', 'MVP', 'Blenderbot'].includes(kind);
  const isQwen = kind === 'Qwen2';
  const eos = roleToken(config, 'eos_token', isRoberta ? '</s>' : '<|endoftext|>');
  const bos = roleToken(config, 'bos_token', isRoberta ? '<s>' : undefined);
  const roles = [bos, eos, roleToken(config, 'unk_token'), roleToken(config, 'pad_token')];
  if (isRoberta) roles.push(roleToken(config, 'mask_token', '<mask>'));
  const prefix = config.add_prefix_space === true;
  const tokens = addedTokens(config, ids, roles);
  return {
    ...empty,
    added_tokens: tokens,
    normalizer: isQwen ? { type: 'NFC' } : null,
    pre_tokenizer: isQwen ? patterns.qwen2 : { ...byteLevel, add_prefix_space: prefix },
    post_processor: isRoberta
      ? robertaProcessing(roleToken(config, 'cls_token', bos)!, roleToken(config, 'sep_token', eos)!, ids, prefix, true)
      : { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: bpeJson(ids, merges, {}),
  };
}

function clip(ids: Readonly<Record<string, number>>, merges: string, config: TokenizerConfig): TokenizerJson {
  const bos = roleToken(config, 'bos_token', '<|startoftext|>')!;
  const eos = roleToken(config, 'eos_token', '<|endoftext|>')!;
  const regex = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
  return {
    ...empty,
    added_tokens: addedTokens(config, ids, [bos, eos]),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: regex }, behavior: 'Removed', invert: true },
        { ...byteLevel, add_prefix_space: false },
      ],
    },
    post_processor: robertaProcessing(bos, eos, ids, false, false),
    decoder: byteLevel,
    model: bpeJson(ids, merges, {
      unk_token: roleToken(config, 'unk_token', eos)!,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
    }),
  };
}

function robertaProcessing(
  cls: string,
  sep: string,
  ids: Readonly<Record<string, number>>,
  addPrefixSpace: boolean,
  trimOffsets: boolean,
): Json {
  const pair = (token: string) => {
    const id = ids[token];
    if (id === undefined) throw badFile(`vocab.json[${JSON.stringify(token)}]`, 'expected the id of this token', id);
    return [token, id];
  };
  const flags = { trim_offsets: trimOffsets, add_prefix_space: addPrefixSpace };
  return { type: 'RobertaProcessing', sep: pair(sep), cls: pair(cls), ...flags };
}

function bpeJson(vocab: Readonly<Record<string, number>>, merges: string, settings: Readonly<Record<string, unknown>>) {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    ...settings,
    vocab,
    merges: readMerges(merges),
  };
}

/** Lines `left right`; the first may be `#version: 0.2`. */
function readMerges(text: string): [string, string][] {
  const merges: [string, string][] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue;
    const pair = line.split(' ');
    if (pair.length !== 2 || pair.includes(''))
      throw new AthanorError(
        'bad-file',
        `merges.txt: line ${i + 1}: expected two tokens, found ${JSON.stringify(line)}`,
        {
          place: `line ${i + 1}`,
        },
      );
    merges.push(pair as [string, string]);
  }
  return merges;
}

/** @param text content of vocab.txt: a token a line, its id the number of the line */
export function fromVocabTxt(text: string, config: TokenizerConfig): TokenizerJson {
  const vocab: Record<string, number> = {};
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  // A token written twice has the later id, as in transformers.
  for (const [id, line] of lines.entries()) vocab[line.replace(/\r$/, '')] = id;
  const token = (role: TokenRole, fallback: string) => {
    const content = roleToken(config, role, fallback)!;
    if (vocab[content] !== undefined) return content;
    throw new AthanorError('bad-file', `vocab.txt: expected the token ${content}`, {
      place: role,
      hint: `Name the vocabulary's own ${role} in tokenizer_config.json.`,
    });
  };
  const [unk, cls, sep] = [token('unk_token', '[UNK]'), token('cls_token', '[CLS]'), token('sep_token', '[SEP]')];
  const roles = [unk, sep, roleToken(config, 'pad_token', '[PAD]'), cls, roleToken(config, 'mask_token', '[MASK]')];
  const lowercase = config.do_lower_case !== false;
  const special = (name: string) => ({ id: name, ids: [vocab[name]], tokens: [name] });
  const put = (name: string, type: number) => ({ SpecialToken: { id: name, type_id: type } });
  const [a, b] = [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }];
  return {
    ...empty,
    added_tokens: addedTokens(config, vocab, roles),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars !== false,
      strip_accents: config.strip_accents ?? null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [put(cls, 0), a, put(sep, 0)],
      pair: [put(cls, 0), a, put(sep, 0), b, put(sep, 1)],
      special_tokens: { [cls]: special(cls), [sep]: special(sep) },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}
