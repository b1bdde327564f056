/** `athanor data train-lm`: an n-gram language model for the step `perplexity`, and its ARPA file. */
import { resolve } from 'node:path';
import { writeFileAtomic } from '../../core/node.ts';
import {
  describeFiles,
  findFiles,
  jsonRecords,
  loadNgramModel,
  ngramSettings,
  saveNgramModel,
  textLines,
  textOf,
  trainNgramModel,
  writeArpa,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { settingsOf } from '../settings-option.ts';

export const dataTrainLm = defineCommand({
  name: 'data-train-lm',
  options: [
    { flags: '--input <file>', describe: 'option.lm.input', kind: 'list', required: true },
    { flags: '--out <file>', describe: 'option.out', required: true },
    { flags: '--text-field <name>', describe: 'option.text-field', default: 'text' },
    { flags: '--order <n>', describe: 'option.lm.order', kind: 'integer' },
    { flags: '--unit <kind>', describe: 'option.lm.unit' },
    { flags: '--bits <n>', describe: 'option.lm.bits', kind: 'integer', default: 16 },
    { flags: '--arpa <file>', describe: 'option.lm.arpa' },
    { flags: '--memory-mb <n>', describe: 'option.lm.memory', kind: 'integer', default: 2048 },
    { flags: '--set <key=value>', describe: 'option.trainer.set', kind: 'list', default: [] },
  ],
  async run({ progress, print, note, t, signal }, _args, options) {
    const { order, unit } = options;
    const settings = settingsOf(ngramSettings, options.set as string[], { order, unit });
    const files = findFiles(options.input as string[], process.cwd());
    const inputs = describeFiles(files);
    const field = options['text-field'] as string;
    async function* texts() {
      for (const file of files) {
        if (/\.(jsonl|ndjson)(\.gz)?$/.test(file.path))
          for await (const record of jsonRecords([file])) yield textOf(record, field);
        else yield* textLines(file);
      }
    }
    const granted = options['memory-mb'] as number;
    const weights = await trainNgramModel(texts, settings, {
      signal,
      memoryBytes: granted * 2 ** 20,
      // Text shrinks to about a third in gzip.
      textBytes: inputs.reduce((sum, { path, bytes }) => sum + bytes * (path.endsWith('.gz') ? 3 : 1), 0),
      estimate: ({ ngrams, bytes }) => {
        const needed = Math.ceil(bytes / 2 ** 20);
        if (needed > granted) note(t('lm.too-large', { n: ngrams, needed, granted }));
      },
      progress: (done) => progress.report({ type: 'progress', stage: 'lm', done, total: done, unit: 'texts' }),
    });
    const out = resolve(options.out as string);
    saveNgramModel(out, weights, { settings, inputs }, options.bits === 32 ? 32 : 16);
    if (typeof options.arpa === 'string') writeFileAtomic(resolve(options.arpa), arpaBytes(writeArpa(weights)));
    progress.close();
    const { sha256 } = loadNgramModel(out);
    const ngrams = weights.levels.map(({ words }) => words.length);
    print(t('lm.saved', { n: ngrams.reduce((a, b) => a + b, 0), file: options.out as string }));
    return { model: options.out, sha256, vocabulary: weights.vocabulary.length, ngrams };
  },
});

/** Lines gathered to larger writes. */
function* arpaBytes(lines: Iterable<string>): Generator<Uint8Array> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < 1 << 20) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
