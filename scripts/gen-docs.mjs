// Writes docs/cli.md and docs/recipe.md from the command and stage definitions: `npm run gen:docs` (after a build).
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { dataDescriptions } = await import('./gen.mjs');
const { cliReference, recipeReference } = await import('../dist/cli/docs.js');
writeFileSync(join(root, 'docs/cli.md'), await cliReference());
writeFileSync(join(root, 'docs/recipe.md'), recipeReference(dataDescriptions(root)));
