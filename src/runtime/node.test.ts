import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { openBackend } from './node.ts';

describe('openBackend', () => {
  it('has the machine’s threads by default, whatever the first device of the process wanted', async () => {
    const first = await openBackend({ threads: 1 });
    const second = await openBackend();
    expect([first.threads, second.threads]).toEqual([1, availableParallelism()]);
    first.dispose();
    second.dispose();
  });
});
