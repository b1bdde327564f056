/**
 * npm packages that only the interop suites need and that are too heavy for devDependencies:
 * installed once into the cache folder (see cache.ts), without running their install scripts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureCached } from './cache.ts';
import { runProcess } from './process.ts';

/**
 * Installs `packages` (name → exact version), and returns the `node_modules` folder that holds them.
 * Native downloads of their postinstall scripts are skipped (`--ignore-scripts`).
 */
export async function ensureNpmPackages(packages: Readonly<Record<string, string>>): Promise<string> {
  const name = `npm-${Object.keys(packages)[0]!
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .replace(/^-/, '')}`;
  const manifest = JSON.stringify(
    { name: 'interop-peer', private: true, type: 'module', dependencies: packages },
    null,
    2,
  );
  const dir = await ensureCached(name, manifest, async (target) => {
    writeFileSync(join(target, 'package.json'), manifest);
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    await runProcess(npm, ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: target,
    });
  });
  return join(dir, 'node_modules');
}

/** The URL to `import()` one package of `ensureNpmPackages`: its ESM entry for Node. */
export async function npmPeer(
  name: string,
  version: string,
  others: Readonly<Record<string, string>> = {},
): Promise<string> {
  const modules = await ensureNpmPackages({ [name]: version, ...others });
  const root = join(modules, name);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PeerManifest;
  const entry = entryOf(manifest.exports) ?? manifest.module ?? manifest.main ?? 'index.js';
  return pathToFileURL(join(root, entry)).href;
}

type Exports = string | { readonly [condition: string]: Exports } | undefined;
interface PeerManifest {
  readonly exports?: Exports;
  readonly module?: string;
  readonly main?: string;
}

/** Follows the conditions `.`, node, import, default of an `exports` map, in the map's own order. */
function entryOf(exports: Exports): string | undefined {
  if (exports === undefined || typeof exports === 'string') return exports;
  const conditions = exports['.']
    ? ['.']
    : Object.keys(exports).filter((key) => ['node', 'import', 'default'].includes(key));
  for (const condition of conditions) {
    const found = entryOf(exports[condition]);
    if (found) return found;
  }
  return undefined;
}
