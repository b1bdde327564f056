/** `athanor tokenizer encode`: JSONL with `text`, or text lines → ids. */
import { AthanorError } from '../../core/index.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import { defineCommand } from '../command.ts';
import { readItems } from '../input.ts';
import { tokenizerDirectory, tokenizerOption } from '../tokenizer-option.ts';

export const tokenizerEncode = defineCommand({
  name: 'tokenizer-encode',
  options: [
    tokenizerOption,
    { flags: '--input <file>', describe: 'option.input', default: '-' },
    { flags: '--special', describe: 'option.tokenizer.special' },
  ],
  async run(context, _args, options) {
    const { tokenizer } = loadTokenizer(tokenizerDirectory(options.tokenizer as string, context.globals.workspace));
    const ids = readItems(options.input as string).map(({ text, place }) => {
      if (text === undefined) throw new AthanorError('bad-input', 'expected `text`', { place });
      return tokenizer.encode(text, { addSpecialTokens: options.special === true });
    });
    for (const row of ids) context.print(JSON.stringify({ ids: row }));
    return { ids };
  },
});
