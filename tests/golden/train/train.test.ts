/** Training gives the loss curves that golden.json (written by make-golden.mjs) has: a refactor may not change them. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lossCurves } from './curves.ts';

it('the loss curves are the golden ones', async () => {
  const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Record<string, number[]>;
  const curves = await lossCurves();
  expect(Object.keys(curves)).toEqual(Object.keys(golden));
  for (const [name, losses] of Object.entries(golden)) {
    expect(losses).toHaveLength(20);
    const away = losses.map((loss, step) => Math.abs(loss - curves[name]![step]!));
    expect(Math.max(...away), `${name}: ${curves[name]!.join(', ')}`).toBeLessThan(1e-4);
  }
});
