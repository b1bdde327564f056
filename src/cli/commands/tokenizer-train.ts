/** `athanor tokenizer train`: a tokenizer from text files. */
import { AthanorError, unknownName } from '../../core/index.ts';
import { writeDirectoryAtomic } from '../../core/node.ts';
import { chatmlTemplate, type Tokenizer, trainBpe, trainChar } from '../../tokenizer/index.ts';
import { saveTokenizer } from '../../tokenizer/node.ts';
import { defineCommand } from '../command.ts';
import { readItems } from '../input.ts';

const types = ['bpe', 'char'];

export const tokenizerTrain = defineCommand({
  name: 'tokenizer-train',
  options: [
    { flags: '--input <file>', describe: 'option.tokenizer.input', kind: 'list', required: true },
    { flags: '--out <dir>', describe: 'option.out', required: true },
    { flags: '--type <type>', describe: 'option.tokenizer.type', default: 'bpe' },
    { flags: '--vocab-size <n>', describe: 'option.tokenizer.vocab-size', kind: 'integer', default: 8000 },
    { flags: '--pattern <pattern>', describe: 'option.tokenizer.pattern', default: 'gpt2' },
  ],
  async run(context, _args, options) {
    const type = options.type as string;
    if (!types.includes(type)) throw unknownName('tokenizer type', type, types, { place: '--type' });
    const texts = (options.input as string[]).flatMap((path) =>
      readItems(path).map(({ text, place }) => textOf(text, place)),
    );
    const trained: Tokenizer =
      type === 'char'
        ? trainChar({ texts })
        : trainBpe({
            texts,
            vocabSize: options['vocab-size'] as number,
            pattern: options.pattern as string,
            progress: (done, total) =>
              context.progress.report({ type: 'progress', stage: 'tokenizer', done, total, unit: 'tokens' }),
          });
    const out = options.out as string;
    const chatTemplate = type === 'bpe' ? chatmlTemplate : undefined;
    await writeDirectoryAtomic(out, (temp) => saveTokenizer(temp, trained, { chatTemplate }));
    context.print(context.t('tokenizer.saved', { n: trained.vocabSize, dir: out }));
    return { type, vocab_size: trained.vocabSize, directory: out };
  },
});

function textOf(text: string | undefined, place: string): string {
  if (text === undefined) throw new AthanorError('bad-input', 'a tokenizer learns from texts, not from ids', { place });
  return text;
}
