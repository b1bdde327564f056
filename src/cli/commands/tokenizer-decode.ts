/** `athanor tokenizer decode`: JSONL with `ids`, the object that `encode --json` prints, or lines of numbers → text. */
import { AthanorError } from '../../core/index.ts';
import { defineCommand } from '../command.ts';
import { type InputItem, streamItems } from '../input.ts';
import { openTokenizer, patternOption, tokenizerOption } from '../tokenizer-option.ts';

export const tokenizerDecode = defineCommand({
  name: 'tokenizer-decode',
  options: [
    tokenizerOption,
    patternOption,
    { flags: '--input <file>', describe: 'option.input', default: '-' },
    { flags: '--skip-special-tokens', describe: 'option.tokenizer.skip-special' },
  ],
  async run(context, _args, options) {
    const { tokenizer } = openTokenizer(context, options);
    const skipSpecialTokens = options['skip-special-tokens'] === true;
    const texts: string[] = [];
    for await (const item of streamItems(options.input as string)) {
      context.signal.throwIfAborted();
      const text = tokenizer.decode(idsOf(item), { skipSpecialTokens });
      if (context.globals.json) texts.push(text);
      else context.print(JSON.stringify({ text }));
    }
    return { texts };
  },
});

function idsOf({ ids, text, place }: InputItem): readonly number[] {
  if (ids !== undefined) return ids;
  const numbers = (text ?? '')
    .replace(/[[\],]/g, ' ')
    .trim()
    .split(/\s+/)
    .filter(Boolean);
  if (numbers.every((one) => /^\d+$/.test(one))) return numbers.map(Number);
  throw new AthanorError('bad-input', 'expected token ids: `{"ids": [1, 2]}` or numbers', { place });
}
