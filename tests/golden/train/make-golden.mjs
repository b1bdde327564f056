// Writes golden.json anew: `node tests/golden/train/make-golden.mjs`. Only for a change that is meant to change training;
// say in its commit why the curves moved.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { module } = await runnerImport(here('curves.ts'), { configFile: false });
const curves = Object.entries(await module.lossCurves()).map(
  ([name, losses]) => `  "${name}": [${losses.map((loss) => loss.toFixed(6)).join(', ')}]`,
);
writeFileSync(here('golden.json'), `{\n${curves.join(',\n')}\n}\n`);
