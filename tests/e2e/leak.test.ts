/** 1,000 programs compiled, run and disposed leave the memory where it was. */
import { expect, it } from 'vitest';
import { runChild } from '../helpers/node-child.ts';

it('stays flat over 1,000 compile–run–dispose cycles', async () => {
  const child = await runChild('tests/helpers/leak-child.ts', { args: ['1000'], nodeFlags: ['--expose-gc'] });
  expect(child, child.stderr).toMatchObject({ code: 0, signal: null });
  const { rss } = JSON.parse(child.stdout) as { rss: number[] };
  // The first half warms up (JIT, allocator pools); afterwards a leak of 20 kB per cycle would show.
  const growth = Math.max(...rss.slice(6)) - rss[5]!;
  expect(growth, `MB per tenth: ${rss.join(', ')}`).toBeLessThan(10);
});
