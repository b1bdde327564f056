/**
 * Python referees for the interop suites: one virtual environment per requirements file, made on first use
 * in the cache folder (see cache.ts). Needs `python3` (or the program named by `ATHANOR_PYTHON`) with venv, and PyPI.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCached } from './cache.ts';
import { type RunOptions, runProcess } from './process.ts';

const interop = fileURLToPath(new URL('../interop/', import.meta.url));

/**
 * The python of the virtual environment that `tests/interop/requirements-<name>.txt` describes.
 * @returns path of its interpreter; the first call takes as long as `pip install` does
 */
export async function ensureVenv(name: string): Promise<string> {
  const requirements = join(interop, `requirements-${name}.txt`);
  const base = process.env.ATHANOR_PYTHON ?? 'python3';
  const version = await runProcess(base, ['-c', 'import sys; print(sys.version)']);
  const dir = await ensureCached(
    `venv-${name}`,
    `${version}\n${readFileSync(requirements, 'utf8')}`,
    async (target) => {
      await runProcess(base, ['-m', 'venv', target]);
      const install = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-input',
        '-r',
        requirements,
      ];
      await runProcess(pythonOf(target), install);
    },
  );
  return pythonOf(dir);
}

function pythonOf(venv: string): string {
  return process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

/**
 * Runs Python: `script` is a path ending in `.py`, or the program's text.
 * @returns its standard output; throws with the traceback when it fails
 */
export function runPython(
  python: string,
  script: string,
  options: RunOptions & { readonly args?: readonly string[] } = {},
): Promise<string> {
  const program = script.endsWith('.py') && !script.includes('\n') ? [script] : ['-c', script];
  const env = { PYTHONUTF8: '1', PYTHONHASHSEED: '0', TOKENIZERS_PARALLELISM: 'false', ...options.env };
  return runProcess(python, [...program, ...(options.args ?? [])], { ...options, env });
}
