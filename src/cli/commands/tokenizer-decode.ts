/** `athanor tokenizer decode`: JSONL with `ids`, or lines of numbers → text. */
import { AthanorError } from '../../core/index.ts';
import { loadTokenizer } from '../../tokenizer/node.ts';
import { defineCommand } from '../command.ts';
import { type InputItem, readItems } from '../input.ts';
import { tokenizerDirectory, tokenizerOption } from '../tokenizer-option.ts';

export const tokenizerDecode = defineCommand({
  name: 'tokenizer-decode',
  options: [tokenizerOption, { flags: '--input <file>', describe: 'option.input', default: '-' }],
  async run(context, _args, options) {
    const { tokenizer } = loadTokenizer(tokenizerDirectory(options.tokenizer as string, context.globals.workspace));
    const texts = readItems(options.input as string).map((item) => tokenizer.decode(idsOf(item)));
    for (const text of texts) context.print(JSON.stringify({ text }));
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
