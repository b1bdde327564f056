/** `athanor tokenizer extend`: more tokens for a new language, and a model with rows for them. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeDirectoryAtomic } from '../../core/node.ts';
import { resizeVocabulary } from '../../models/node.ts';
import { extendBpe } from '../../tokenizer/index.ts';
import { saveTokenizer } from '../../tokenizer/node.ts';
import { defineCommand } from '../command.ts';
import { readItems } from '../input.ts';
import { openTokenizer, patternOption, tokenizerDirectory, tokenizerOption } from '../tokenizer-option.ts';

export const tokenizerExtend = defineCommand({
  name: 'tokenizer-extend',
  options: [
    tokenizerOption,
    patternOption,
    { flags: '--input <file>', describe: 'option.tokenizer.input', kind: 'list', required: true },
    { flags: '--add <n>', describe: 'option.extend.add', kind: 'integer', required: true },
    { flags: '--out <dir>', describe: 'option.out', required: true },
    { flags: '--min-frequency <n>', describe: 'option.extend.min-frequency', kind: 'integer', default: 2 },
    { flags: '--model <dir>', describe: 'option.extend.model' },
  ],
  async run(context, _args, options) {
    const { globals, progress, print, t } = context;
    const { tokenizer, config, chatTemplate } = openTokenizer(context, options);
    const from = tokenizerDirectory(options.tokenizer as string, globals.workspace);
    const { tokenizer: extended, added } = extendBpe(
      tokenizer,
      {
        texts: textsOf(options.input as string[]),
        add: options.add as number,
        minFrequency: options['min-frequency'] as number,
        progress: (done, total) =>
          progress.report({ type: 'progress', stage: 'tokenizer', done, total, unit: 'tokens' }),
      },
      config,
    );
    const model = await modelOf(options.model as string | undefined, globals.workspace);
    const out = options.out as string;
    let resized: ReturnType<typeof resizeVocabulary> | undefined;
    await writeDirectoryAtomic(out, (temp) => {
      if (model !== undefined) resized = resizeVocabulary(model, temp, added, extended.vocabSize);
      saveTokenizer(temp, extended, { chatTemplate });
      copyDescriptions(from, temp);
    });
    print(t('extend.saved', { added: added.length, n: extended.vocabSize, dir: out }));
    if (resized) print(t('extend.resized', { n: resized.vocabSize, tensors: resized.tensors.join(', ') }));
    return { directory: out, added: added.length, vocab_size: extended.vocabSize, tokens: added, resized };
  },
});

async function modelOf(name: string | undefined, workspace: string): Promise<string | undefined> {
  return name === undefined ? undefined : (await import('../../recipe/index.ts')).modelDirectory(name, workspace);
}

function* textsOf(paths: readonly string[]): Generator<string> {
  for (const path of paths) for (const { text } of readItems(path)) if (text !== undefined) yield text;
}

/** What stands beside tokenizer.json and stays true: roles of tokens, the chat template. */
function copyDescriptions(from: string, to: string): void {
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json', 'chat_template.jinja'])
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
}
