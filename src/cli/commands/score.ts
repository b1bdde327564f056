/** `athanor score`: per-token log-probabilities of given texts or token ids; full logits as a safetensors file. */
import type { OpenScorer } from '../../recipe/index.ts';
import type { WritableTensor } from '../../runtime/node.ts';
import { defineCommand } from '../command.ts';
import { type InputItem, readItems } from '../input.ts';
import { modelOption } from '../text-options.ts';

/** Items scored together, so that results of a long file come while it is read. */
const chunk = 64;

export const score = defineCommand({
  name: 'score',
  options: [
    modelOption,
    { flags: '--input <file>', describe: 'option.score.input', default: '-' },
    { flags: '--logits <file>', describe: 'option.score.logits' },
  ],
  async run({ globals, print, note, t }, _args, options) {
    const { modelDirectory, openScorer } = await import('../../recipe/index.ts');
    const directory = modelDirectory(options.model as string, globals.workspace);
    const items = readItems(options.input as string);
    const open = await openScorer(directory, { device: globals.device, threads: globals.threads });
    try {
      const file = options.logits as string | undefined;
      const tensors: WritableTensor[] = [];
      const results = [];
      for (let start = 0; start < items.length; start += chunk) {
        const ids = items.slice(start, start + chunk).map((item) => idsOf(item, open));
        const scores = await open.scorer.score(
          ids.map((row) => ({ ids: row, labels: row })),
          { logits: file !== undefined },
        );
        for (const [i, { nll, tokens, logprobs, logits }] of scores.entries()) {
          // The first token has nothing before it: null.
          const values = Array.from(logprobs, (value) => (Number.isNaN(value) ? null : value));
          const row = { ids: ids[i]!, logprobs: values, sum: -nll, tokens };
          results.push(row);
          print(JSON.stringify(row));
          const shape = [ids[i]!.length, logits ? logits.length / ids[i]!.length : 0];
          if (logits) tensors.push({ name: `logits.${start + i}`, dtype: 'float32', shape, data: logits });
        }
      }
      if (file !== undefined) {
        const { writeSafetensors } = await import('../../runtime/node.ts');
        writeSafetensors(file, tensors);
        note(t('score.written', { file }));
      }
      return { model: directory, results, ...(file === undefined ? {} : { logits: file }) };
    } finally {
      open.dispose();
    }
  },
});

/** Token ids as given, or the text through the model's tokenizer. */
function idsOf({ ids, text }: InputItem, { tokenizer }: OpenScorer): readonly number[] {
  return ids ?? tokenizer.tokenizer.encode(text ?? '');
}
