/** The generated references are current. */
import { describe, expect, it } from 'vitest';
import { cliReference, recipeReference } from '../../src/cli/docs.ts';
import { read } from './source.ts';

describe('docs', () => {
  it('docs/cli.md is what `npm run gen:docs` writes', async () => {
    expect(read('docs/cli.md')).toBe(await cliReference());
  });

  it('docs/recipe.md is what `npm run gen:docs` writes', () => {
    expect(read('docs/recipe.md')).toBe(recipeReference());
  });
});
