/** `athanor tokenizer encode`: JSONL with `text`, or text lines → ids. */
import { AthanorError } from '../../core/index.ts';
import { defineCommand } from '../command.ts';
import { streamItems } from '../input.ts';
import { openTokenizer, patternOption, tokenizerOption } from '../tokenizer-option.ts';

export const tokenizerEncode = defineCommand({
  name: 'tokenizer-encode',
  options: [
    tokenizerOption,
    patternOption,
    { flags: '--input <file>', describe: 'option.input', default: '-' },
    { flags: '--no-special-tokens', describe: 'option.tokenizer.no-special' },
  ],
  async run(context, _args, options) {
    const { tokenizer } = openTokenizer(context, options);
    const addSpecialTokens = options['special-tokens'] !== false;
    const ids: number[][] = [];
    for await (const { text, place } of streamItems(options.input as string)) {
      context.signal.throwIfAborted();
      if (text === undefined) throw new AthanorError('bad-input', 'expected `text`', { place });
      const row = tokenizer.encode(text, { addSpecialTokens });
      // Printed rows are not kept, so that memory stays small.
      if (context.globals.json) ids.push(row);
      else context.print(JSON.stringify({ ids: row }));
    }
    return { ids };
  },
});
