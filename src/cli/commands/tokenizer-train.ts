/** `athanor tokenizer train`: a tokenizer from text files or a dataset. */
import { resolve } from 'node:path';
import { AthanorError, parse, unknownName } from '../../core/index.ts';
import { writeDirectoryAtomic } from '../../core/node.ts';
import { Workspace } from '../../data/datasets.ts';
import {
  chatTemplateFor,
  cuttingPlan,
  shortfall,
  type TrainerSettings,
  trainerSchema,
  trainerTypes,
  trainFromCounts,
  trainingShards,
} from '../../recipe/index.ts';
import { countFiles, forgetCounts, saveTokenizer } from '../../tokenizer/node.ts';
import { type CommandContext, defineCommand, type OptionValues } from '../command.ts';
import { trainingFiles } from '../training-files.ts';

export const tokenizerTrain = defineCommand({
  name: 'tokenizer-train',
  options: [
    { flags: '--input <file>', describe: 'option.tokenizer.corpus', kind: 'list', default: [] },
    { flags: '--dataset <name>', describe: 'option.tokenizer.dataset' },
    { flags: '--lines', describe: 'option.tokenizer.lines' },
    { flags: '--out <dir>', describe: 'option.out', required: true },
    { flags: '--type <type>', describe: 'option.tokenizer.type', default: 'bpe' },
    { flags: '--vocab-size <n>', describe: 'option.tokenizer.vocab-size', kind: 'integer', default: 8000 },
    { flags: '--pattern <pattern>', describe: 'option.tokenizer.pattern' },
    { flags: '--alphabet <kind>', describe: 'option.tokenizer.alphabet' },
    { flags: '--special-tokens <tokens>', describe: 'option.tokenizer.special-tokens', kind: 'commas' },
    { flags: '--user-defined-symbols <texts>', describe: 'option.tokenizer.user-defined', kind: 'commas' },
    { flags: '--min-frequency <n>', describe: 'option.tokenizer.min-frequency', kind: 'integer' },
    { flags: '--limit-alphabet <n>', describe: 'option.tokenizer.limit-alphabet', kind: 'integer' },
    { flags: '--character-coverage <part>', describe: 'option.tokenizer.coverage', kind: 'number' },
    { flags: '--max-token-length <n>', describe: 'option.tokenizer.max-token-length', kind: 'integer' },
    { flags: '--split-digits', describe: 'option.tokenizer.split-digits' },
    { flags: '--byte-fallback', describe: 'option.tokenizer.byte-fallback' },
  ],
  async run(context, _args, options) {
    const settings = settingsOf(options);
    const plan = cuttingPlan(settings);
    const out = resolve(options.out as string);
    const statePath = `${out}.counts`;
    const report = (done: number, total: number, unit: string) =>
      context.progress.report({ type: 'progress', stage: 'tokenizer', done, total, unit });
    const { inputs, close } = await openInputs(context, options);
    try {
      const { signal, globals } = context;
      const progress = (done: number, total: number) => report(megabytes(done), megabytes(total), 'MB');
      const counted = await countFiles({ inputs, plan, threads: globals.threads, statePath, signal, progress });
      if (counted.resumed) context.note(context.t('tokenizer.resumed', { file: statePath }));
      const trained = trainFromCounts(settings, counted.counter, (done, total) => report(done, total, 'tokens'));
      const text = shortfall(settings, trained);
      if (text !== undefined) context.progress.report({ type: 'message', level: 'warn', text });
      const chatTemplate = chatTemplateFor(settings.special_tokens, undefined, '--special-tokens');
      await writeDirectoryAtomic(out, (temp) => saveTokenizer(temp, trained, { chatTemplate }));
      forgetCounts(statePath);
      context.print(context.t('tokenizer.saved', { n: trained.vocabSize, dir: options.out as string }));
      return { type: settings.type, vocab_size: trained.vocabSize, directory: options.out };
    } finally {
      close();
    }
  },
});

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

async function openInputs({ globals }: CommandContext, options: OptionValues) {
  const patterns = options.input as string[];
  const dataset = options.dataset as string | undefined;
  if (dataset === undefined && patterns.length === 0)
    throw new AthanorError('bad-input', 'nothing to learn from', { hint: 'Give --input files, or a --dataset.' });
  const shards = dataset === undefined ? [] : trainingShards(new Workspace(globals.workspace), dataset);
  const { inputs, close } = await trainingFiles(patterns, options.lines === true);
  return { inputs: [...shards, ...inputs], close };
}

/** The flags as settings of a recipe; flags that a type does not know are an error there. */
function settingsOf(options: OptionValues): TrainerSettings {
  const type = options.type as TrainerSettings['type'];
  if (!trainerTypes.includes(type)) throw unknownName('tokenizer type', type, trainerTypes, { place: '--type' });
  const fallback = options['byte-fallback'] || undefined;
  const given = {
    type,
    vocab_size: type === 'char' ? undefined : options['vocab-size'],
    pattern: options.pattern,
    alphabet: options.alphabet ?? (type === 'bpe' && fallback ? 'characters' : undefined),
    special_tokens: options['special-tokens'],
    user_defined_symbols: options['user-defined-symbols'],
    min_frequency: options['min-frequency'],
    limit_alphabet: options['limit-alphabet'],
    character_coverage: options['character-coverage'],
    [type === 'unigram' ? 'max_piece_length' : 'max_token_length']: options['max-token-length'],
    split_digits: options['split-digits'] || undefined,
    byte_fallback: fallback,
  };
  return parse(trainerSchema, JSON.parse(JSON.stringify(given)), 'tokenizer train'); // without what is undefined
}
