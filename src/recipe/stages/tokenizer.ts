/** `tokenizer`: trains a tokenizer on the training split of a dataset. */
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { writeDirectoryAtomic } from '../../core/node.ts';
import { openDataset } from '../../data/index.ts';
import {
  chatmlTemplate,
  defaultSpecialTokens,
  endOfText,
  type Tokenizer,
  trainBpe,
  trainChar,
  turnEnd,
  WordCounter,
} from '../../tokenizer/index.ts';
import { saveTokenizer } from '../../tokenizer/node.ts';
import { defineStage, type StageContext } from '../define.ts';

const common = {
  name: z.string().describe('Name of the tokenizer.'),
  dataset: z.string().describe('Name of the dataset to learn from (its training split).'),
  chat_template: z
    .enum(['chatml', 'none'])
    .optional()
    .describe('Template written to tokenizer_config.json; default: chatml where the special tokens allow it.'),
};

const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('bpe').describe('Byte-level byte-pair encoding: any text, nothing unknown.'),
    vocab_size: z.int().min(257).describe('Number of tokens: special tokens, 256 bytes and merges.'),
    pattern: z
      .string()
      .default('gpt2')
      .describe(
        'How text is cut before merging: gpt2, gpt4, han-char (a Han character is one token) or a regular expression.',
      ),
    min_frequency: z.int().nonnegative().default(0).describe('Pairs seen less often are never merged.'),
    special_tokens: z
      .array(z.string())
      .default([...defaultSpecialTokens])
      .describe('Special tokens; they get the first ids.'),
    ...common,
  }),
  z.strictObject({
    type: z.literal('char').describe('A token for each character of the data.'),
    special_tokens: z.array(z.string()).default([endOfText]).describe('Special tokens; they get the first ids.'),
    ...common,
  }),
]);
type Config = z.output<typeof schema>;

export const tokenizer = defineStage<Config>({
  kind: 'tokenizer',
  describe: 'Trains a tokenizer and saves it as tokenizer.json and tokenizer_config.json.',
  version: 2,
  training: false,
  schema,
  inputs: ({ dataset }) => [{ type: 'dataset', name: dataset, path: ['dataset'] }],
  outputs: ({ name }) => [{ type: 'tokenizer', name }],
  async run(config, context) {
    const chatTemplate = chatTemplateOf(config);
    const trained = config.type === 'bpe' ? await bpe(config, chatTemplate, context) : await char(config, context);
    if (config.type === 'bpe' && trained.vocabSize < config.vocab_size)
      context.report({
        type: 'message',
        level: 'warn',
        stage: config.name,
        text: `the data gives only ${trained.vocabSize} of ${config.vocab_size} tokens: no pair is left to merge`,
      });
    const directory = context.workspace.tokenizer(config.name);
    await writeDirectoryAtomic(directory, (temp) => saveTokenizer(temp, trained, { chatTemplate }));
    return { vocab_size: trained.vocabSize };
  },
});

function chatTemplateOf(config: Config): string | undefined {
  const chat = config.special_tokens.includes(turnEnd);
  if (config.chat_template === 'chatml' && !chat)
    throw new AthanorError('bad-input', `chat_template: chatml needs the special token ${turnEnd}`, {
      place: `stage '${config.name}'`,
      hint: 'Add it to special_tokens, or set chat_template: none.',
    });
  return (config.chat_template ?? (chat ? 'chatml' : 'none')) === 'chatml' ? chatmlTemplate : undefined;
}

/** What the chat template writes around every message, besides special tokens. */
const turnHeads = ['system', 'user', 'assistant'].map((role) => `${role}\n`);

async function bpe(
  config: Extract<Config, { type: 'bpe' }>,
  chatTemplate: string | undefined,
  context: StageContext,
): Promise<Tokenizer> {
  const words = new WordCounter(config.pattern);
  let documents = 0;
  for await (const text of texts(config, context)) {
    words.add(text);
    documents++;
  }
  // Every conversation will hold these words. In a corpus without English they would be a token a letter: 14 of the 37
  // tokens of a poem's prompt.
  if (chatTemplate !== undefined) for (const head of turnHeads) words.add(head, documents);
  return trainBpe({
    texts: words,
    vocabSize: config.vocab_size,
    specialTokens: config.special_tokens,
    minFrequency: config.min_frequency,
    progress: (done, total) => context.report({ type: 'progress', stage: config.name, done, total, unit: 'tokens' }),
  });
}

async function char(config: Config, context: StageContext): Promise<Tokenizer> {
  const characters = new Set<string>();
  for await (const text of texts(config, context)) for (const character of text) characters.add(character);
  return trainChar({ texts: [[...characters].join('')], specialTokens: config.special_tokens });
}

/** The training split's texts; gives way to signals now and then. */
async function* texts(config: Config, { workspace, signal, report }: StageContext): AsyncGenerator<string> {
  let done = 0;
  for await (const document of openDataset(workspace, config.dataset).documents('train')) {
    if (++done % 1000 === 0) {
      report({ type: 'progress', stage: config.name, done, unit: 'documents' });
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) throw new AthanorError('cancelled', 'stopped');
    }
    yield document.text;
  }
}
