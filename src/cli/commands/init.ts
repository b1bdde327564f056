/** `athanor init [dir]`: a new project: recipe, sample data, .gitignore. */
import { copyFileSync, existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AthanorError } from '../../core/index.ts';
import { ioError, makeDirectory, readText, writeFileAtomic } from '../../core/node.ts';
import { defineCommand } from '../command.ts';

/** The package's own recipes: the new project starts from one that runs in half a minute. */
const template = fileURLToPath(new URL('../../../recipes/debug/', import.meta.url));
const dataFiles = ['quatrains.jsonl.gz', 'LICENSE.txt', 'SOURCE.txt'];

export const init = defineCommand({
  name: 'init',
  arguments: [{ name: '[dir]', describe: 'argument.dir' }],
  async run({ print, t }, [given]) {
    const directory = given ?? '.';
    const recipe = join(directory, 'recipe.yaml');
    if (existsSync(recipe))
      throw new AthanorError('bad-input', `${recipe} exists already`, {
        place: recipe,
        hint: 'Choose another folder.',
      });
    const name =
      basename(resolve(directory))
        .replace(/[^\p{L}\p{N}._-]/gu, '-')
        .replace(/^[._-]+/, '') || 'project';
    const text = readText(join(template, 'sft.yaml'))
      .replace(
        /^#.*\n/,
        '# A tiny model from raw text to instructions. Fields: docs/recipe.md of the package athanor.\n',
      )
      .replace('name: debug-sft', `name: ${name}`)
      .replaceAll('debug-', `${name}-`);
    try {
      makeDirectory(join(directory, 'data'));
      for (const file of dataFiles) copyFileSync(join(template, 'data', file), join(directory, 'data', file));
    } catch (error) {
      throw ioError(error, directory, 'write');
    }
    if (!existsSync(join(directory, '.gitignore')))
      writeFileAtomic(join(directory, '.gitignore'), '.athanor/\nnode_modules/\n');
    writeFileAtomic(recipe, text);
    print(t('init.done', { dir: directory }));
    print(t('init.next', { dir: directory }));
    return { directory, files: ['recipe.yaml', '.gitignore', ...dataFiles.map((file) => `data/${file}`)] };
  },
});
