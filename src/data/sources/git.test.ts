import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { languageOfPath } from '../git/languages.ts';
import { isLicenceFile, licenceOfText } from '../git/licence-text.ts';
import { readSource } from '../testing/read-source.ts';
import { git } from './git.ts';

const mit =
  'MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy …\nThe above copyright notice … shall be included in all copies';
const bsd =
  'Redistribution and use in source and binary forms, with or without modification … Neither the name of X nor';

let directory: string;
const files: Record<string, string | Buffer> = {
  LICENSE: mit,
  'src/main.py': 'print("你好")\n',
  'src/文件.ts': 'export const x = 1;\n',
  'src/gbk.c': Buffer.concat([
    Buffer.from('/* '),
    Buffer.from('中文注释，说明这个函数的用途。', 'utf8'),
    Buffer.from(' */\n'),
  ]),
  'src/empty.py': '',
  'src/long.js': `x = 1;\n`.repeat(1000),
  'src/binary.py': Buffer.from([112, 0, 1, 2]),
  'vendor/lib/COPYING': bsd,
  'vendor/lib/lib.go': 'package lib\n',
  'node_modules/x/index.js': 'x\n',
  'image.png': Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  Makefile: 'all:\n\techo hi\n',
};

function run(cwd: string, ...parameters: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...parameters], { cwd, stdio: 'pipe' });
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'athanor-git-'));
  for (const root of ['repo', 'plain'])
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(directory, root, dirname(path)), { recursive: true });
      writeFileSync(join(directory, root, path), content);
    }
  const repo = join(directory, 'repo');
  symlinkSync('/etc/hostname', join(repo, 'link.py'));
  run(repo, 'init', '-q', '-b', 'main');
  run(repo, 'add', '-f', '.');
  run(repo, 'commit', '-q', '-m', 'one');
  run(repo, 'tag', 'v1');
  writeFileSync(join(repo, 'src/main.py'), 'print("second")\n');
  run(repo, 'commit', '-q', '-a', '-m', 'two');
  writeFileSync(join(repo, 'src/main.py'), 'print("not committed")\n');
  run(directory, 'clone', '-q', '--bare', 'repo', 'bare.git');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (config: Record<string, unknown>) => readSource(git, config, { baseDir: directory });
const paths = async (config: Record<string, unknown>) => (await read(config)).documents.map(({ meta }) => meta.path);

describe('git', () => {
  it('reads what is committed, with path, language, licence and commit', async () => {
    const { documents, bad, files: inputs } = await read({ path: 'repo' });
    expect(bad).toEqual([]);
    expect(documents.map(({ id, meta }) => [id, meta.programming_language, meta.licence])).toEqual([
      ['repo/Makefile', 'makefile', 'MIT'],
      ['repo/src/gbk.c', 'c', 'MIT'],
      ['repo/src/long.js', 'javascript', 'MIT'],
      ['repo/src/main.py', 'python', 'MIT'],
      ['repo/src/文件.ts', 'typescript', 'MIT'],
    ]);
    expect(documents[3]!.text).toBe('print("second")\n');
    expect(inputs[0]!.path).toBe(`repo@${documents[0]!.meta.commit}`);
  });

  it('reads other revisions, folders and bare repositories', async () => {
    const main = async (config: Record<string, unknown>) =>
      (await read({ include: ['**/main.py'], ...config })).documents.map(({ text }) => text);
    expect(await main({ path: 'repo', revision: 'v1' })).toEqual(['print("你好")\n']);
    expect(await main({ path: 'repo', revision: 'main~1' })).toEqual(['print("你好")\n']);
    expect(await main({ path: 'bare.git' })).toEqual(['print("second")\n']);
    expect(await paths({ path: 'repo/src', languages: ['c', 'python'] })).toEqual(['src/gbk.c', 'src/main.py']);
    mkdirSync(join(directory, 'repo/new'));
    writeFileSync(join(directory, 'repo/new/x.py'), 'x = 1\n');
    await expect(read({ path: 'repo/new' })).rejects.toThrow("new has no file at revision 'HEAD'");
    await expect(read({ path: 'repo', revision: 'v9' })).rejects.toThrow("has no revision 'v9'");
    await expect(read({ path: 'repo', revision: '--output=/tmp/x' })).rejects.toThrow('has no revision');
  });

  it('reads plain folders, and what the filters let through', async () => {
    expect(await paths({ path: 'plain' })).toEqual([
      'Makefile',
      'src/gbk.c',
      'src/long.js',
      'src/main.py',
      'src/文件.ts',
    ]);
    expect(await paths({ path: 'repo', max_file_bytes: 1000, exclude: ['src/**'] })).toEqual([
      'Makefile',
      'node_modules/x/index.js',
      'vendor/lib/lib.go',
    ]);
    const vendored = await read({ path: 'repo', exclude: [], languages: ['go'] });
    expect(vendored.documents[0]!.meta.licence).toBe('BSD-3-Clause');
  });
});

describe('languages and licences', () => {
  it('languages are told by name', () => {
    const names = [
      'a/b.py',
      'x.TSX',
      'Dockerfile',
      'CMakeLists.txt',
      'a.tar',
      'py',
      '.py',
      'constructor',
      'x.toString',
    ];
    expect(names.map(languageOfPath)).toEqual([
      ...['python', 'typescript', 'dockerfile', 'cmake', undefined, undefined, 'python', undefined, undefined],
    ]);
  });

  it('licence files are told by name', () => {
    const names = [
      'LICENSE',
      'LICENCE.md',
      'a/COPYING.LESSER',
      'UNLICENSE',
      'LICENSE-APACHE',
      'license.py.txt',
      'licensed.md',
      'MY_LICENSE',
    ];
    expect(names.filter(isLicenceFile)).toEqual(names.slice(0, 6));
  });

  it.each([
    ['MIT', mit],
    ['BSD-3-Clause', bsd],
    ['BSD-2-Clause', 'Redistribution and use in source and binary forms, with or without modification'],
    ['Apache-2.0', '   Apache License\n                           Version 2.0, January 2004\n'],
    ['GPL-3.0', 'GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007 … GNU Affero General Public License'],
    ['LGPL-2.1', 'GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999'],
    ['AGPL-3.0', 'GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007'],
    ['MPL-2.0', 'Mozilla Public License Version 2.0\n==='],
    [
      'ISC',
      'Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.',
    ],
    ['Unlicense', 'This is free and unencumbered software released into the public domain.'],
    ['EPL-2.0', '/* SPDX-License-Identifier: EPL-2.0 */'],
    [undefined, 'All rights reserved.'],
  ])('%s', (id, text) => {
    expect(licenceOfText(text)).toBe(id);
  });

  it('is linear', () => {
    const start = performance.now();
    for (const text of [' '.repeat(1e6), 'spdx-license-identifier:'.repeat(1e5), 'gnu '.repeat(3e5)])
      licenceOfText(text);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
