// Lists every definition folder into a committed registry.gen.ts: `npm run gen`; with --check it only compares.
// One file = one definition: `export const camelName = defineX({ name: 'kebab-name', … })`, named like the file.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Every registry: the folder, the name of its exported table, and where the definitions stand in it.
 * layout 'files': folder/<name>.ts · 'groups': folder/<group>/<name>.ts · 'folders': folder/<name>/index.ts
 * lazy: the table holds functions that import a definition when it is asked for. file: in place of registry.gen.ts
 */
export const registries = [
  { folder: 'src/graph/prims', table: 'prims', layout: 'files' },
  { folder: 'src/data/sources', table: 'sources', layout: 'files' },
  { folder: 'src/data/steps', table: 'steps', layout: 'groups' },
  { folder: 'src/data/sources', table: 'sourceLoaders', layout: 'files', lazy: true, file: 'loaders.gen.ts' },
  { folder: 'src/data/steps', table: 'stepLoaders', layout: 'groups', lazy: true, file: 'loaders.gen.ts' },
  { folder: 'src/tokenizer/normalizers', table: 'normalizers', layout: 'files' },
  { folder: 'src/tokenizer/pre-tokenizers', table: 'preTokenizers', layout: 'files' },
  { folder: 'src/tokenizer/models', table: 'tokenizerModels', layout: 'files' },
  { folder: 'src/tokenizer/post-processors', table: 'postProcessors', layout: 'files' },
  { folder: 'src/tokenizer/decoders', table: 'decoders', layout: 'files' },
  { folder: 'src/models', table: 'models', layout: 'folders' },
  { folder: 'src/tasks', table: 'tasks', layout: 'files' },
  { folder: 'src/infer/sampling', table: 'samplingRules', layout: 'files' },
  { folder: 'src/train/optim', table: 'optimizers', layout: 'files' },
  { folder: 'src/train/schedules', table: 'schedules', layout: 'files' },
  { folder: 'src/train/objectives', table: 'objectives', layout: 'files' },
  { folder: 'src/eval/metrics', table: 'metrics', layout: 'files' },
  { folder: 'src/compress/quant', table: 'schemes', layout: 'files' },
  { folder: 'src/recipe/stages', table: 'stages', layout: 'files' },
  { folder: 'src/cli/commands', table: 'commands', layout: 'files', lazy: true },
];

const definition = /^export const (\w+)(?::[^=\n]+)? = (define\w+)(?:<[^(]*>)?\(/m;

/** The definition files of one registry, sorted by name: `{ name, path }`. */
function list(root, { folder, layout }) {
  const base = join(root, folder);
  if (!existsSync(base)) return [];
  const entries = readdirSync(base, { withFileTypes: true });
  const files = (at, group) =>
    readdirSync(at)
      .filter((name) => /^[a-z0-9-]+\.ts$/.test(name) && !['index.ts', 'node.ts', 'web.ts'].includes(name))
      .map((name) => ({ name: name.slice(0, -3), path: join(at, name), group }));
  const found =
    layout === 'files'
      ? files(base)
      : layout === 'groups'
        ? entries.filter((entry) => entry.isDirectory()).flatMap((entry) => files(join(base, entry.name), entry.name))
        : entries
            .filter((entry) => entry.isDirectory() && existsSync(join(base, entry.name, 'index.ts')))
            .map((entry) => ({ name: entry.name, path: join(base, entry.name, 'index.ts') }));
  // A helper beside the definitions defines nothing and is left out.
  return found
    .map((file) => ({ ...file, text: readFileSync(file.path, 'utf8') }))
    .filter((file) => definition.test(file.text))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const camel = (kebab) => kebab.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** The text of one registry; throws where a definition is not named like its file. */
export function registryText(root, registry) {
  const found = list(root, registry);
  const imports = [];
  const rows = [];
  const seen = new Map();
  for (const file of found) {
    const exported = definition.exec(file.text)[1];
    const place = relative(root, file.path).split(sep).join('/');
    const after = file.text.slice(definition.exec(file.text).index);
    const name = /^\s*(?:name|kind): '([^']+)'/m.exec(after)?.[1];
    if (name !== undefined && name !== file.name)
      throw new Error(`${place}: the definition is named '${name}', its file '${file.name}'`);
    // A language keyword (e.g. `export`, `switch`) takes a suffix: exportStage.
    if (exported !== camel(file.name) && !exported.startsWith(camel(file.name)))
      throw new Error(`${place}: exports '${exported}', expected '${camel(file.name)}'`);
    if (seen.has(file.name)) throw new Error(`${place}: the name '${file.name}' is taken by ${seen.get(file.name)}`);
    seen.set(file.name, place);
    const path = `./${relative(join(root, registry.folder), file.path).split(sep).join('/')}`;
    if (registry.lazy) rows.push(`  '${file.name}': async () => (await import('${path}')).${exported},`);
    else {
      imports.push(`import { ${exported} } from '${path}';`);
      rows.push(`  '${file.name}': ${exported},`);
    }
  }
  return `// Generated by npm run gen. Do not edit.\n${imports.join('\n')}${imports.length > 0 ? '\n\n' : ''}export const ${registry.table} = {\n${rows.join('\n')}\n} as const;\n`;
}

/** What steps and sources say of themselves, for the reference: by the field of a recipe, then by name. */
export function dataDescriptions(root) {
  const steps = describeDefinitions(root, 'src/data/steps');
  return { sources: describeDefinitions(root, 'src/data/sources'), steps, split: steps };
}

/** The comment at the head of each definition's file, as Markdown. */
function describeDefinitions(root, folder) {
  const registry = registries.find((one) => one.folder === folder);
  return Object.fromEntries(
    list(root, registry).map(({ name, text }) => {
      const lines = (/^\/\*\*\s([\s\S]*?)\*\//.exec(text)?.[1] ?? '').split('\n');
      const plain = lines.map((line) => line.replace(/^ *\* ?/, '').trimEnd()).join('\n');
      // Lines of a paragraph become one; items of a list and `Origin:` begin a new one.
      return [
        name,
        plain
          .replace(/\n(?! *- |Origin: )/g, ' ')
          .replace(/\nOrigin: /, '\n\nOrigin: ')
          .replace(/ {2,}/g, ' ')
          .replaceAll(' \n', '\n')
          .trim(),
      ];
    }),
  );
}

/** Writes the registries that differ (or, with `check`, only names them). */
export function generate(root, check) {
  const stale = [];
  for (const registry of registries) {
    if (!existsSync(join(root, registry.folder)) || list(root, registry).length === 0) continue;
    const file = registry.file ?? 'registry.gen.ts';
    const path = join(root, registry.folder, file);
    const text = registryText(root, registry);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    stale.push(`${registry.folder}/${file}`);
    if (!check) writeFileSync(path, text);
  }
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const stale = generate(join(dirname(fileURLToPath(import.meta.url)), '..'), check);
  for (const path of stale) console.log(`${check ? 'stale' : 'wrote'}: ${path}`);
  if (check && stale.length > 0) {
    console.error('Run `npm run gen` and commit the result.');
    process.exit(1);
  }
}
