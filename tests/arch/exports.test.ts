import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Floors that are entered only through the command line. */
const closed = new Set(['cli']);
const root = new URL('../../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
};

describe('package.json exports', () => {
  it('names every entry of every floor, and nothing that is not there', () => {
    const expected = readdirSync(new URL('src/', root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !closed.has(entry.name))
      .flatMap(({ name }) =>
        ['index', 'node', 'web', 'datasets']
          .filter((file) => existsSync(new URL(`src/${name}/${file}.ts`, root)))
          .map((file) => (file === 'index' ? `./${name}` : `./${name}/${file}`)),
      );
    expect(Object.keys(manifest.exports).sort()).toEqual(['.', './package.json', ...expected].sort());
  });

  it('points types and code at the same file', () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue;
      const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
      expect(existsSync(new URL(source, root)), `${name} → ${source}`).toBe(true);
      expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'));
    }
  });
});
