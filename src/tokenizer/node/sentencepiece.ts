/**
 * A `.model` file beside a tokenizer_config.json: which tokens the model's class puts around a text, and which it adds
 * to SentencePiece's. Pure.
 */
import { AthanorError } from '../../core/index.ts';
import { addedToken, readAddedTokens } from '../added-tokens.ts';
import type { TokenizerConfig } from '../hf/read.ts';
import { readPostProcessor } from '../post-processors/read.ts';
import { fromSentencePiece } from '../spm/read.ts';
import type { AddedToken, Json, Tokenizer } from '../types.ts';
import { configTokens } from './legacy.ts';

/** Classes that number the pieces anew or rewrite the text first, in code: their ids are not in the file. */
const renumbered = ['XLMRoberta', 'Camembert', 'MBart', 'MBart50', 'Barthez', 'M2M100', 'NllbTokenizer', 'Nllb'];
const rewriting = ['Albert', 'XLNet', 'BigBird', 'Deberta', 'DebertaV2', 'Rembert', 'Pegasus', 'Reformer', 'Marian'];

/** @throws AthanorError('unsupported') for a class whose ids the file alone does not give */
export function fromModelFile(bytes: Uint8Array, config: TokenizerConfig): Tokenizer {
  const kind = String(config.tokenizer_class ?? '').replace(/(Tokenizer)?(Fast)?$/, '');
  if (renumbered.includes(kind) || rewriting.includes(kind))
    throw new AthanorError('unsupported', `${kind}Tokenizer changes what its SentencePiece model does, in code`, {
      place: 'tokenizer_config.json: tokenizer_class',
      hint: 'Use its tokenizer.json, which says everything: transformers writes it with save_pretrained.',
    });
  const plain = fromSentencePiece(bytes);
  const isT5 = kind === 'T5' || kind === 'MT5';
  const added = [...configTokens(config), ...(isT5 ? sentinels(plain, config) : [])];
  const bos = (config.add_bos_token ?? (kind === 'Llama' || kind === 'Gemma')) === true;
  const eos = (config.add_eos_token ?? isT5) === true;
  const postProcessor = readPostProcessor(around(plain, bos, eos));
  const roles = Object.fromEntries(
    (['bos', 'eos', 'pad', 'unk'] as const).flatMap((role) => {
      const token = config[`${role}_token`];
      const name = typeof token === 'string' ? token : token?.content;
      return name === undefined ? [] : [[role, name]];
    }),
  );
  if (added.length === 0 && !postProcessor && Object.keys(roles).length === 0) return plain;
  return fromSentencePiece(bytes, { addedTokens: unique(added), postProcessor, roles });
}

function unique(tokens: readonly AddedToken[]): AddedToken[] {
  const byId = new Map<number, AddedToken>();
  for (const token of tokens) if (!byId.has(token.id)) byId.set(token.id, token);
  return readAddedTokens([...byId.values()].sort((a, b) => a.id - b.id));
}

/** T5's `<extra_id_0>` … stand behind the pieces, the last one first. */
function sentinels(plain: Tokenizer, config: TokenizerConfig): AddedToken[] {
  const count = typeof config.extra_ids === 'number' ? config.extra_ids : 100;
  if (plain.tokenToId('<extra_id_0>') !== undefined) return [];
  return Array.from({ length: count }, (_, i) => addedToken(`<extra_id_${count - 1 - i}>`, plain.vocabSize + i));
}

function around(tokenizer: Tokenizer, bos: boolean, eos: boolean): Json {
  const token = (role: 'bos' | 'eos', wanted: boolean) => {
    const id = wanted ? tokenizer.specialTokens[role] : undefined;
    return id === undefined ? [] : [[tokenizer.idToToken(id)!, id] as const];
  };
  const [before, after] = [token('bos', bos), token('eos', eos)];
  if (before.length + after.length === 0) return null;
  const put = (tokens: typeof before, type: number) => tokens.map(([id]) => ({ SpecialToken: { id, type_id: type } }));
  const text = (id: 'A' | 'B', type: number) => [
    ...put(before, type),
    { Sequence: { id, type_id: type } },
    ...put(after, type),
  ];
  return {
    type: 'TemplateProcessing',
    single: text('A', 0),
    pair: [...text('A', 0), ...text('B', 1)],
    special_tokens: Object.fromEntries(
      [...before, ...after].map(([name, id]) => [name, { id: name, ids: [id], tokens: [name] }]),
    ),
  };
}
