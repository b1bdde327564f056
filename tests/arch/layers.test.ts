/** The house rules on imports: floors, doors between folders, cycles, who may touch which package (STYLE §1). */
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOnly, importsOf, isGenerated, read, sources } from './source.ts';

const floors: Record<string, number> = {
  core: 0,
  graph: 1,
  tokenizer: 1,
  runtime: 2,
  data: 2,
  models: 3,
  tasks: 3,
  infer: 4,
  train: 4,
  align: 5,
  eval: 5,
  compress: 5,
  serve: 5,
  scale: 5,
  ops: 6,
  recipe: 7,
  studio: 8,
  cli: 9,
};
/** The only files of a folder that other folders may import. */
const doors = ['index.ts', 'node.ts', 'web.ts', 'datasets.ts'];
const folderOf = (path: string): string => path.split('/')[1]!;
const shared = sources.map((path) => ({ path, imports: importsOf(path) }));
const graph = new Map(shared.map(({ path, imports }) => [path, imports]));

describe('imports', () => {
  it('every folder under src/ stands on a floor', () => {
    const unknown = new Set(sources.filter((path) => path.split('/').length > 2).map(folderOf));
    expect([...unknown].filter((folder) => !(folder in floors))).toEqual([]);
  });

  it('go to files that exist, with their extension', () => {
    const wrong = shared.flatMap(({ path, imports }) =>
      imports
        .filter((i) => i.target !== undefined && !/\.(ts|json)$/.test(i.target))
        .map((i) => `${path}: ${i.specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('go only downwards, and never sideways', () => {
    const wrong: string[] = [];
    for (const { path, imports } of shared) {
      if (path.split('/').length <= 2) continue; // src/index.ts is the package's front door
      const from = folderOf(path);
      for (const { target, specifier } of imports) {
        if (target === undefined) continue;
        const to = folderOf(target);
        if (!target.startsWith('src/')) wrong.push(`${path}: leaves src/ (${specifier})`);
        else if (to !== from && floors[to]! >= floors[from]!) wrong.push(`${path}: ${from} may not import ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('cross folders only through their doors', () => {
    const wrong: string[] = [];
    for (const { path, imports } of shared)
      for (const { target } of imports)
        if (target?.startsWith('src/') && folderOf(target) !== folderOf(path))
          if (target.split('/').length !== 3 || !doors.includes(posix.basename(target)))
            wrong.push(`${path}: ${target}`);
    expect(wrong).toEqual([]);
  });

  it('have no cycles at run time', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]) => {
      if (state.get(path) === 'done') return;
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
        return;
      }
      state.set(path, 'open');
      for (const { target, typeOnly, dynamic } of graph.get(path) ?? [])
        if (target !== undefined && !typeOnly && !dynamic) visit(target, [...trail, path]);
      state.set(path, 'done');
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

/** Which packages only some folders may import. */
const owners: readonly { readonly what: RegExp; readonly folders: readonly string[] }[] = [
  { what: /^onnxruntime-/, folders: ['runtime'] },
  { what: /^koffi$/, folders: ['runtime', 'core', 'data'] }, // outside runtime/: mmap only
  {
    what: /^(node:)?(http|https|http2|tls)$|^hono($|\/)|^@hono\/|^express$/,
    folders: ['serve', 'studio'],
  },
  { what: /^(node:)?net$/, folders: ['serve', 'studio', 'data'] }, // data: whether an address is one
  { what: /^undici$/, folders: ['data'] }, // crawler, API and hub sources
  {
    what: /^@duckdb\/node-api$|^htmlparser2$|^unpdf$|^yauzl$|^tar-stream$|^fzstd$|^@vscode\/tree-sitter-wasm$/,
    folders: ['data'],
  },
  { what: /^(commander|log-update|picocolors)$/, folders: ['cli'] },
];

describe('packages', () => {
  it('are imported only by their owners', () => {
    const wrong = shared.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, typeOnly }) =>
        owners
          .filter(({ what, folders }) => !typeOnly && what.test(specifier) && !folders.includes(folderOf(path)))
          .map(({ folders }) => `${path}: '${specifier}' belongs to ${folders.join(', ')}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('console, process.exit and process.stdout are used only in cli/', () => {
    const wrong = sources.filter(
      (path) =>
        folderOf(path) !== 'cli' &&
        /\bconsole\.|\bprocess\.(exit|exitCode|stdout|stderr|stdin)\b/.test(codeOnly(read(path))),
    );
    expect(wrong).toEqual([]);
  });

  it("browser-safe folders have no 'node:' imports outside node.ts and their folder node/", () => {
    const wrong = shared
      .filter(({ path }) => ['graph', 'models', 'tokenizer', 'infer'].includes(folderOf(path)))
      .filter(({ path }) => posix.basename(path) !== 'node.ts' && path.split('/')[2] !== 'node')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier }) => specifier.startsWith('node:'))
          .map(({ specifier }) => `${path}: ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('what the browser loads reaches no Node module', () => {
    const wrong: string[] = [];
    for (const folder of ['core', 'graph', 'tokenizer', 'runtime', 'models', 'infer'])
      for (const door of ['index.ts', 'web.ts']) {
        const seen = new Set<string>();
        const visit = (path: string, trail: string) => {
          if (seen.has(path)) return;
          seen.add(path);
          for (const { specifier, target, typeOnly } of graph.get(path) ?? []) {
            if (typeOnly) continue;
            if (specifier.startsWith('node:') || specifier === 'koffi') wrong.push(`${trail} → ${specifier}`);
            if (target !== undefined) visit(target, `${trail} → ${target}`);
          }
        };
        visit(`src/${folder}/${door}`, `src/${folder}/${door}`);
      }
    expect(wrong).toEqual([]);
  });
});

describe('names', () => {
  it('files are kebab-case, exports are named, no utils/ folder', () => {
    const wrong = sources.filter(
      (path) =>
        !/^src\/([a-z0-9-]+\/)*[a-z0-9-]+(\.gen|\.d)?\.ts$/.test(path) ||
        /\/(utils?|helpers|misc)\//.test(path) ||
        /^export default/m.test(codeOnly(read(path))),
    );
    expect(wrong).toEqual([]);
  });

  it('no bare `throw new Error` and no `any`', () => {
    const wrong = sources
      .filter((path) => !isGenerated(path))
      .flatMap((path) =>
        codeOnly(read(path))
          .split('\n')
          .flatMap((line, i) =>
            /throw new (Type|Range)?Error\b|[:<,|]\s*any\b(?!\w)|\bas any\b/.test(line) ? [`${path}:${i + 1}`] : [],
          ),
      );
    expect(wrong).toEqual([]);
  });
});
