/** What may not stand in the tree: skipped tests, paths of somebody's machine, hosts of somebody's mirror. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOnly, files, read, root } from './source.ts';

const text = files.filter((path) =>
  /\.(ts|mjs|js|json|md|yaml|yml|html|css|sh|py|txt)$|^\.[a-z]+|^LICENSE$/.test(path),
);

describe('hygiene', () => {
  it('no test is skipped, focused or left to do', () => {
    const tests = files.filter((path) => /\.(test|case)\.ts$/.test(path));
    const wrong = tests.flatMap((path) =>
      codeOnly(read(path))
        .split('\n')
        .flatMap((line, i) =>
          /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo|fails)\b|\b(xit|xdescribe|fit|fdescribe)\(/.test(line)
            ? [`${path}:${i + 1}`]
            : [],
        ),
    );
    expect(wrong).toEqual([]);
  });

  it('a test that is left out on a condition says why on the line above', () => {
    const tests = files.filter((path) => /\.(test|case)\.ts$/.test(path));
    const wrong = tests.flatMap((path) => {
      const lines = read(path).split('\n');
      return lines.flatMap((line, i) =>
        /\.(skipIf|runIf)\(/.test(line) && path !== 'tests/arch/hygiene.test.ts' && !/\/\/ \w+/.test(lines[i - 1] ?? '')
          ? [`${path}:${i + 1}`]
          : [],
      );
    });
    expect(wrong).toEqual([]);
  });

  it('no path of a machine stands in a file', () => {
    const machine = new RegExp(`(^|[\\s'"\`(=:])/(${['work', 'root', 'home', 'Users'].join('|')})/[\\w.-]`);
    const wrong = text.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, i) => (machine.test(line) ? [`${path}:${i + 1}: ${line.slice(0, 100)}`] : [])),
    );
    expect(wrong).toEqual([]);
  });

  it('the lock file names no registry: whoever installs uses their own', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  it('no registry, mirror or local host is configured', () => {
    const wrong = text.filter(
      (path) =>
        /^\.npmrc$|^\.ci\/|package\.json$/.test(path) && /^\s*(registry\s*=|index-url)|_authToken/m.test(read(path)),
    );
    expect(wrong).toEqual([]);
  });

  it('no tracked file is larger than 8 MB', () => {
    expect(files.filter((path) => statSync(join(root, path)).size > 8 * 2 ** 20)).toEqual([]);
  });
});
