/**
 * Compares the tokenizers with their referees (PyPI's tokenizers, tiktoken) over more than 200,000 real lines and fuzzed
 * strings, and prints the counts. Downloads vocabularies and referees on first use.
 *
 * usage: node scripts/tokenizer-referee.mjs [--vocab qwen3,bert] [--kind chinese,fuzz] [--every 10] [--show 5] [--shrink]
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    vocab: { type: 'string', short: 'v' },
    kind: { type: 'string', short: 'k' },
    every: { type: 'string', default: '1' },
    show: { type: 'string', default: '5' },
    fuzz: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '7' },
    hostile: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const { module } = await runnerImport(`${root}tests/helpers/tokenizer-referee/run.ts`, { root, logLevel: 'error' });
if (values.help) {
  console.log('node scripts/tokenizer-referee.mjs [--vocab NAMES] [--kind KINDS] [--every N] [--fuzz N] [--seed N]');
  console.log('                                   [--show N] [--shrink] [--hostile]');
  console.log(`vocabularies: ${module.vocabularyNames.join(', ')}; kinds: ${module.kinds.join(', ')}`);
} else {
  const list = (text) => text?.split(',').map((name) => name.trim());
  const options = {
    vocabularies: list(values.vocab),
    kinds: list(values.kind),
    every: Number(values.every),
    fuzz: Number(values.fuzz),
    seed: Number(values.seed),
    show: Number(values.show),
    shrink: values.shrink,
    print: console.log,
  };
  const wrong = values.hostile ? await module.runHostile(options) : await module.runReferee(options);
  process.exitCode = wrong === 0 ? 0 : 1;
}
