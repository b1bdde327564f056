/** The generated references are current. */
import { describe, expect, it } from 'vitest';
import { dataDescriptions } from '../../scripts/gen.mjs';
import { cliReference, recipeReference } from '../../src/cli/docs.ts';
import { read, root } from './source.ts';

describe('docs', () => {
  it('docs/cli.md is what `npm run gen:docs` writes', async () => {
    expect(read('docs/cli.md')).toBe(await cliReference());
  });

  it('docs/recipe.md is what `npm run gen:docs` writes', () => {
    const described = dataDescriptions(root);
    for (const [name, text] of Object.entries(described.steps)) expect(text, name).toContain('Origin: ');
    expect(read('docs/recipe.md')).toBe(recipeReference(described));
  });
});
