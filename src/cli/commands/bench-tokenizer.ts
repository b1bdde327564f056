/** `athanor bench tokenizer`: encoding speed, beside other encoders where they are installed. */

import { availableParallelism } from 'node:os';
import { benchTokenizer as bench, findPython, type TokenizerBenchRow } from '../bench/tokenizer.ts';
import { givenTexts, sampleTexts } from '../bench/tokenizer-texts.ts';
import { defineCommand } from '../command.ts';

export const benchTokenizer = defineCommand({
  name: 'bench-tokenizer',
  options: [
    { flags: '--tokenizer <names>', describe: 'option.bench.tokenizer', kind: 'commas' },
    { flags: '--input <kind=file>', describe: 'option.bench.input', kind: 'list' },
    { flags: '--peers <dir>', describe: 'option.bench.peers', default: '.' },
    { flags: '--python <path>', describe: 'option.bench.python' },
    { flags: '--rounds <n>', describe: 'option.bench.rounds', kind: 'integer', default: 5 },
  ],
  async run({ globals, print, note }, _args, options) {
    const inputs = (options.input ?? []) as string[];
    const rows = await bench({
      tokenizers: (options.tokenizer ?? []) as string[],
      texts: inputs.length > 0 ? givenTexts(inputs) : sampleTexts(),
      peers: options.peers as string,
      python: findPython(options.python as string | undefined),
      rounds: Math.max(1, options.rounds as number),
      threads: globals.threads ?? availableParallelism(),
      note,
    });
    for (const row of rows)
      print(
        `${row.vocabulary} ${row.text} ${row.encoder}: ${row.mb_per_s} MB/s (fresh text ${row.fresh_mb_per_s}), ${row.tokens} tokens`,
      );
    const ratios = ratiosOf(rows);
    for (const { vocabulary, text, peer, ratio } of ratios) print(`${vocabulary} ${text}: ${ratio} × ${peer}`);
    return { rows, ratios };
  },
});

/** How many times the fastest peer's speed ours is, per vocabulary and text: on met and on fresh text. */
function ratiosOf(rows: readonly TokenizerBenchRow[]) {
  return rows
    .filter((row) => row.encoder === 'athanor')
    .flatMap((ours) => {
      const others = rows.filter(
        (row) =>
          !row.encoder.startsWith('athanor') &&
          row.vocabulary === ours.vocabulary &&
          row.text === ours.text &&
          row.tokens > 0,
      );
      return others.map((peer) => ({
        vocabulary: ours.vocabulary,
        text: ours.text,
        peer: peer.encoder,
        ratio: Math.round((100 * ours.mb_per_s) / peer.mb_per_s) / 100,
        fresh_ratio: Math.round((100 * ours.fresh_mb_per_s) / peer.fresh_mb_per_s) / 100,
        same_tokens: peer.tokens === ours.tokens,
      }));
    });
}
