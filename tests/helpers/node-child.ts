/** Runs a TypeScript file in a Node process of its own: with other environment variables, flags, or a clean heap. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ChildResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Bundles `entry` (packages stay outside) and runs it.
 * @param entry path from the repository's root
 */
export async function runChild(
  entry: string,
  options: { args?: string[]; env?: Record<string, string>; nodeFlags?: string[] } = {},
): Promise<ChildResult> {
  // As deep as src/core, which asks `../../package.json` for the version.
  const folder = mkdtempSync(join(root, 'node_modules', '.athanor-child-'));
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: join(root, entry),
        outDir: folder,
        minify: false,
        rollupOptions: { output: { entryFileNames: '[name].mjs' } },
      },
    });
    const script = join(folder, basename(entry).replace(/\.ts$/, '.mjs'));
    return await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...(options.nodeFlags ?? []), script, ...(options.args ?? [])], {
        cwd: root,
        env: { ...process.env, ...options.env },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
