/** The benchmarks run and print what others rely on; their numbers are for docs/benchmarks.md, never for assertions. */
import { expect, it } from 'vitest';
import { athanor, hasStack, json } from './athanor.ts';

it('bench train prints one JSON object with the contract’s fields', async () => {
  const result = await athanor(['bench', 'train', '--rounds', '1', '--steps', '1', '--json']);
  expect(result.code, result.stderr).toBe(0);
  const found = json(result);
  for (const field of ['ours_tokens_per_s', 'params', 'flops_per_token', 'gemm_gflops', 'mfu'])
    expect(found[field], field).toBeGreaterThan(0);
  expect(found).toMatchObject({ peer_tokens_per_s: null, ratio: null, params: 12_292_992 });
});

it('an unknown peer is refused by name', async () => {
  const result = await athanor(['bench', 'train', '--peer', 'jax']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain("unknown peer 'jax'");
  expect(hasStack(result)).toBe(false);
});

it('bench tokenizer prints a row for each encoder and kind of text', async () => {
  const result = await athanor(['bench', 'tokenizer', '--rounds', '1', '--threads', '2', '--json', '--peers', '/']);
  expect(result.code, result.stderr).toBe(0);
  const { rows } = json<{ rows: { encoder: string; text: string; mb_per_s: number; tokens: number }[] }>(result);
  const ours = rows.filter(({ encoder }) => encoder === 'athanor');
  const pool = rows.filter(({ encoder }) => encoder === 'athanor, 2 threads');
  expect(ours.map(({ text }) => text)).toEqual(['english', 'chinese', 'code']);
  expect(pool.map(({ tokens }) => tokens)).toEqual(ours.map(({ tokens }) => tokens));
  for (const row of ours) {
    expect(row.mb_per_s).toBeGreaterThan(0);
    expect(row.tokens).toBeGreaterThan(1000);
  }
});
