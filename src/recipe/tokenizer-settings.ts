/**
 * Settings of the tokenizer trainers, as recipes and the command line write them, and what they mean: how the corpus is
 * cut, and which trainer learns from the counts. The trainers check what only the corpus can tell.
 */
import { z } from 'zod';
import { AthanorError } from '../core/index.ts';
import {
  bpePlan,
  type CuttingPlan,
  chatmlTemplate,
  checkBpe,
  defaultSpecialTokens,
  endOfText,
  type Tokenizer,
  trainBpe,
  trainChar,
  trainUnigram,
  trainWordLevel,
  trainWordPiece,
  turnEnd,
  unigramPlan,
  type WordCounter,
  wordLevelPlan,
  wordPiecePlan,
} from '../tokenizer/index.ts';

const count = () => z.int().nonnegative();
const distinct = z.array(z.string().min(1)).superRefine((list, context) => {
  const twice = list.find((one, i) => list.indexOf(one) !== i);
  if (twice !== undefined) context.addIssue({ code: 'custom', message: `'${twice}' is given twice` });
});
const specialTokens = (tokens: readonly string[]) =>
  distinct.default([...tokens]).describe('Special tokens; they get the first ids.');
const userDefined = distinct
  .optional()
  .describe('Strings that are always one token; text around them is learned from as if they were not there.');
const splitDigits = z.boolean().optional().describe('Every digit is a token of its own; default: false.');
const limitAlphabet = z.int().min(1).optional().describe('Keep at most that many characters, the most frequent ones.');
const initialAlphabet = z.array(z.string()).optional().describe('Characters to have whether the data has them or not.');
const minFrequency = count().default(0);

/** The settings of each type, by their names in recipes. */
export const trainerShapes = {
  bpe: {
    type: z.literal('bpe').describe('Byte-pair encoding: of bytes (any text, nothing unknown), or of characters.'),
    vocab_size: z.int().min(257).describe('Number of tokens: special tokens, alphabet and merges.'),
    alphabet: z
      .enum(['bytes', 'characters'])
      .optional()
      .describe('Smallest symbols: bytes as in GPT-2 (default), or characters, with ▁ for spaces, as in Llama.'),
    pattern: z
      .string()
      .optional()
      .describe(
        'How text is cut before merging: gpt2 (default), gpt4, o200k, llama3, qwen2, deepseek-v3, han-char (a Han character is one token), metaspace (default for characters) or a regular expression.',
      ),
    split_digits: splitDigits,
    min_frequency: minFrequency.describe('Pairs seen less often are never merged.'),
    max_token_length: z
      .int()
      .min(1)
      .optional()
      .describe('Tokens of so many symbols, or more, are not formed; default: any are.'),
    special_tokens: specialTokens(defaultSpecialTokens),
    user_defined_symbols: userDefined,
    byte_fallback: z
      .boolean()
      .optional()
      .describe('With characters: unknown ones become their bytes, <0x00> to <0xFF>; default: true.'),
    character_coverage: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe('With characters: the most frequent ones that make up this part of the text; default: 1.'),
    limit_alphabet: limitAlphabet,
    initial_alphabet: initialAlphabet,
    add_prefix_space: z
      .boolean()
      .optional()
      .describe(
        'With characters: a text begins with ▁, so that its first word is spelled as any other; default: true.',
      ),
    continuing_subword_prefix: z.string().optional().describe('Put before symbols inside a word; default: nothing.'),
    end_of_word_suffix: z.string().optional().describe('Put after the last symbol of a word; default: nothing.'),
  },
  unigram: {
    type: z.literal('unigram').describe('Unigram language model, as SentencePiece learns it.'),
    vocab_size: z.int().min(2).describe('Number of tokens, special tokens and characters included.'),
    special_tokens: specialTokens(defaultSpecialTokens),
    unk_token: z.string().optional().describe('Stands for what is unknown; default: <unk>.'),
    byte_fallback: z
      .boolean()
      .optional()
      .describe('Unknown characters become their bytes, and text is not normalized; default: false.'),
    user_defined_symbols: userDefined,
    character_coverage: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe('The rarest characters, the rest of the text, become unknown; default: 0.9995.'),
    required_chars: z.string().optional().describe('Characters to have whether the data has them or not.'),
    max_piece_length: z.int().min(1).optional().describe('Longest token in characters; default: 16.'),
    split_digits: splitDigits,
    split_by_unicode_script: z.boolean().optional().describe('A token has letters of one script; default: true.'),
    split_by_number: z.boolean().optional().describe('A token has no digits beside letters; default: true.'),
    split_by_whitespace: z.boolean().optional().describe('A token has ▁ only at its beginning; default: true.'),
    all_seeds: z
      .boolean()
      .optional()
      .describe(
        'Begin also with strings that SentencePiece overlooks: fewer tokens for the same text; default: false.',
      ),
    seed_size: z.int().min(1).optional().describe('How many pieces training begins with; default: 1000000.'),
    shrinking_factor: z.number().optional().describe('Which part of the pieces a pruning keeps; default: 0.75.'),
    sub_iterations: z.int().min(1).optional().describe('Rounds of expectation between prunings; default: 2.'),
  },
  wordpiece: {
    type: z.literal('wordpiece').describe("WordPiece, as BERT's: longest known piece first, ## inside words."),
    vocab_size: z.int().min(2).describe('Number of tokens, special tokens and characters included.'),
    special_tokens: specialTokens(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']),
    unk_token: z.string().optional().describe('Stands for an unknown word; default: [UNK].'),
    continuing_subword_prefix: z.string().optional().describe('Put before tokens inside a word; default: ##.'),
    max_input_chars_per_word: z.int().min(1).optional().describe('A longer word is unknown; default: 100.'),
    lowercase: z.boolean().optional().describe('Without case and accents; default: true.'),
    min_frequency: minFrequency.describe('Pairs seen less often are never merged.'),
    limit_alphabet: limitAlphabet,
    initial_alphabet: initialAlphabet,
  },
  wordlevel: {
    type: z.literal('wordlevel').describe('The most frequent words; all others are unknown.'),
    vocab_size: z.int().min(2).describe('Number of tokens: special tokens and words.'),
    special_tokens: specialTokens([endOfText]),
    unk_token: z.string().optional().describe('Stands for an unknown word; default: <unk>.'),
    min_frequency: minFrequency.describe('Words seen less often are no tokens.'),
  },
  char: {
    type: z.literal('char').describe('A token for each character of the data.'),
    special_tokens: specialTokens([endOfText]),
  },
} as const;

export const trainerTypes = Object.keys(trainerShapes) as (keyof typeof trainerShapes)[];

export const trainerSchema = z.discriminatedUnion('type', [
  z.strictObject(trainerShapes.bpe),
  z.strictObject(trainerShapes.unigram),
  z.strictObject(trainerShapes.wordpiece),
  z.strictObject(trainerShapes.wordlevel),
  z.strictObject(trainerShapes.char),
]);

export type TrainerSettings = z.output<typeof trainerSchema>;

/**
 * How the corpus is cut into words.
 * @throws AthanorError('bad-input' | 'bad-file' | 'unsupported') for a bad pattern or settings that do not go together
 */
export function cuttingPlan(settings: TrainerSettings): CuttingPlan {
  switch (settings.type) {
    case 'bpe':
      checkBpe(camel(settings));
      return bpePlan(camel(settings));
    case 'unigram':
      return unigramPlan(camel(settings));
    case 'wordpiece':
      return wordPiecePlan(wordPieceOptions(settings));
    case 'wordlevel':
      return wordLevelPlan({});
    case 'char':
      return bpePlan({}); // any cut will do: the characters of the words are those of the text
  }
}

/**
 * Learns from counts that were made by `cuttingPlan(settings)`.
 * @param progress gets the number of tokens so far, or of pieces left, and the number wanted
 * @throws AthanorError('bad-input') where settings and corpus do not fit
 */
export function trainFromCounts(
  settings: TrainerSettings,
  counter: WordCounter,
  progress: (done: number, total: number) => void,
): Tokenizer {
  switch (settings.type) {
    case 'bpe':
      return trainBpe({ ...camel(settings), texts: counter, progress });
    case 'unigram':
      return trainUnigram({ ...camel(settings), texts: counter, progress });
    case 'wordpiece':
      return trainWordPiece({ ...wordPieceOptions(settings), texts: counter, progress });
    case 'wordlevel':
      return trainWordLevel({ ...camel(settings), texts: counter });
    case 'char':
      return trainChar({ ...camel(settings), texts: wordsOf(counter) });
  }
}

/** What to say where the corpus gave fewer tokens than were asked for. */
export function shortfall(settings: TrainerSettings, { vocabSize }: Tokenizer): string | undefined {
  if (!('vocab_size' in settings) || vocabSize >= settings.vocab_size) return undefined;
  return `the data gives only ${vocabSize} of ${settings.vocab_size} tokens: no pair is left to merge`;
}

function* wordsOf(counter: WordCounter): Generator<string> {
  for (const [word] of counter.words.entries()) yield word;
}

function wordPieceOptions({ lowercase = true, ...settings }: Extract<TrainerSettings, { type: 'wordpiece' }>) {
  const cased = {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase,
  };
  return { ...camel(settings), ...(!lowercase && { normalizer: cased }) };
}

type CamelKey<Key> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelKey<Tail>>}` : Key;
type Camel<Settings> = { [Key in keyof Settings as CamelKey<Key> & string]: Exclude<Settings[Key], undefined> };

/** `vocab_size` → `vocabSize`; settings that are not there stay away. */
function camel<Settings extends object>(settings: Settings): Camel<Settings> {
  const entries = Object.entries(settings).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value]],
  );
  return Object.fromEntries(entries) as Camel<Settings>;
}

/**
 * The chat template that goes with the special tokens.
 * @param wanted default: chatml where the special tokens allow it
 * @throws AthanorError('bad-input') where they do not allow what is wanted
 */
export function chatTemplateFor(
  specialTokens: readonly string[],
  wanted: 'chatml' | 'none' | undefined,
  place: string,
): string | undefined {
  const chat = specialTokens.includes(turnEnd);
  if (wanted === 'chatml' && !chat)
    throw new AthanorError('bad-input', `chat_template: chatml needs the special token ${turnEnd}`, {
      place,
      hint: 'Add it to special_tokens, or set chat_template: none.',
    });
  return (wanted ?? (chat ? 'chatml' : 'none')) === 'chatml' ? chatmlTemplate : undefined;
}

/** What the chat template writes around every message, besides special tokens. */
export const turnHeads: readonly string[] = ['system', 'user', 'assistant'].map((role) => `${role}\n`);
