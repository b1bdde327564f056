import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { npmPeer } from '../helpers/npm-peer.ts';
import { ensureVenv, runPython } from '../helpers/python.ts';

it('makes a virtual environment with the pinned version', async () => {
  const pinned = readFileSync(fileURLToPath(new URL('requirements-tokenizers.txt', import.meta.url)), 'utf8').match(
    /==(\S+)/,
  )![1];
  const python = await ensureVenv('tokenizers');
  expect((await runPython(python, 'import tokenizers; print(tokenizers.__version__)')).trim()).toBe(pinned);
  expect(
    await runPython(python, 'import sys; print(sys.stdin.read() + sys.argv[1])', { stdin: 'a', args: ['b'] }),
  ).toBe('ab\n');
  await expect(runPython(python, '1/0')).rejects.toThrow('ZeroDivisionError');
});

it('installs a heavy npm package aside and imports it', async () => {
  const peer = (await import(await npmPeer('@huggingface/transformers', '4.3.1'))) as { AutoTokenizer: unknown };
  expect(peer.AutoTokenizer).toBeDefined();
});
