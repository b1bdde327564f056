/**
 * Python referees for the interop suites: one virtual environment per requirements file, made on first use
 * in the cache folder (see cache.ts). Needs `python3` (or the program named by `ATHANOR_PYTHON`) with venv, and PyPI.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCached } from './cache.ts';
import { type RunOptions, runProcess } from './process.ts';

const interop = fileURLToPath(new URL('../interop/', import.meta.url));

/**
 * The python of the virtual environment that `tests/interop/requirements-<name>.txt` describes.
 * @param borrow take these packages, too heavy to install, from the Python `base`
 * @returns path of its interpreter; the first call takes as long as `pip install` does
 */
export async function ensureVenv(
  name: string,
  { base = process.env.ATHANOR_PYTHON ?? 'python3', borrow = [] }: { base?: string; borrow?: readonly string[] } = {},
): Promise<string> {
  const requirements = join(interop, `requirements-${name}.txt`);
  const version = await runProcess(base, ['-c', 'import sys; print(sys.version)']);
  const folders = borrow.length === 0 ? '' : await foldersOf(base, borrow);
  const key = [version, readFileSync(requirements, 'utf8'), folders].filter((part) => part !== '').join('\n');
  const dir = await ensureCached(`venv-${name}`, key, async (target) => {
    await runProcess(base, ['-m', 'venv', target]);
    const python = pythonOf(target);
    if (folders !== '') {
      const site = (await runProcess(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])).trim();
      writeFileSync(join(site, 'borrowed.pth'), folders);
    }
    const install = ['install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements];
    await runProcess(python, ['-m', 'pip', ...install]);
  });
  return pythonOf(dir);
}

/** The folders that hold the packages, a line each: the content of a .pth file, which puts them last on Python's path. */
function foldersOf(python: string, packages: readonly string[]): Promise<string> {
  const list = 'print("\\n".join(dict.fromkeys(os.path.dirname(os.path.dirname(m.__file__)) for m in modules)))';
  const load = `modules = [importlib.import_module(name) for name in ${JSON.stringify(packages)}]`;
  return runProcess(python, ['-c', `import importlib, os\n${load}\n${list}`]);
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
