// Other people's encoders and trainers, installed once into the interop suites' cache folder: npm packages and a Python
// environment. Needs the npm registry and PyPI on the first run.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = process.env.ATHANOR_INTEROP_CACHE ?? join(homedir(), '.cache', 'athanor-interop');

/** The folder `<name>-<hash of key>` of the cache, filled by `build` on first use. */
function cached(name, key, build) {
  const folder = join(cache, `${name}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`);
  if (!existsSync(join(folder, '.ready'))) {
    mkdirSync(folder, { recursive: true });
    build(folder);
    writeFileSync(join(folder, '.ready'), '');
  }
  return folder;
}

/** A folder whose node_modules holds the packages (name → version). */
export function npmPeers(packages) {
  const manifest = JSON.stringify({ name: 'bench-peers', private: true, dependencies: packages }, null, 2);
  return cached('bench-npm', manifest, (folder) => {
    writeFileSync(join(folder, 'package.json'), manifest);
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: 'inherit',
    });
  });
}

/** The Python of an environment with the packages of tests/interop/requirements-<name>.txt. */
export function pythonPeers(name) {
  const requirements = fileURLToPath(new URL(`../tests/interop/requirements-${name}.txt`, import.meta.url));
  const base = process.env.ATHANOR_PYTHON ?? 'python3';
  const folder = cached('bench-venv', `${base} ${readFileSync(requirements, 'utf8')}`, (target) => {
    execFileSync(base, ['-m', 'venv', target]);
    execFileSync(join(target, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements], {
      stdio: 'inherit',
    });
  });
  return join(folder, 'bin', 'python');
}

/** Asks a Python script beside this file: records in, records out, JSON a line. */
export function askPython(peers, script, job, records) {
  const input = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const path = fileURLToPath(new URL(script, import.meta.url));
  const settings = { input, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'inherit'] };
  const { status, stdout } = spawnSync(pythonPeers(peers), [path, job], settings);
  if (status !== 0) throw new Error(`${script} ${job} failed`);
  return stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
