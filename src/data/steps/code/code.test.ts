import { readdirSync, readFileSync } from 'node:fs';
import type { Parser } from '@vscode/tree-sitter-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../document.ts';
import { runStep } from '../../testing/run-step.ts';
import { cleanComment, cleanPythonString } from './doc-comments.ts';
import { expressionAllows, licenceInHead, onList, permissive } from './licences.ts';
import { withParser } from './parser.ts';

const samples: Record<string, string> = {
  'a.ts': `import x from 'y';

/** Adds.  */
export function add(a: number, b: number): number {
  return a + b;
}

// not documentation
export const twice = (a: number) => {
  return a * 2;
};

/**
 * A shape.
 * Of any kind.
 */
@sealed
export class Shape<T> extends Base {
  /** Its area. */
  @cached()
  area(): number {
    const inner = () => 1;
    return inner();
  }
  scale = (by: number) => {
    return by;
  };
}
export default function () {
  return 1;
}
namespace N {
  function hidden() {
    return 2;
  }
}
`,
  'b.py': `"""Module."""
import os

@cache
def greet(name):
    """Say hello.

    Long: 你好。
    """
    return f"hello {name}"


class Greeter(Base):
    '''Greets.'''

    async def wave(self):
        r"""Wave \\o/."""
        def inner(): pass
        return 1

if os.name:
    def conditional():
        x = 1
        return x
`,
  'C.java': `package p;
/** Holds. */
public class C {
  /** @return the answer */
  @Override
  public int answer(int a) {
    return 42;
  }
  C() {
    super();
  }
}
`,
  'd.go': `package d

// Sum adds.
// All of them.
func Sum(xs []int) int {
	return 0
}

// far away

func (t *Tree[K]) Walk(f func()) {
	f()
}

// Tree is one.
type Tree struct {
	x int
}
`,
  'e.rs': `/// Doubles.
/// Twice.
#[inline]
pub fn double(a: i32) -> i32 {
    a * 2
}

struct P { x: i32 }

impl P {
    /** The x. */
    pub fn x(&self) -> i32 {
        self.x
    }
}
`,
  'f.c': `/* Adds two. */
int add(int a, int b)
{
  return a + b;
}

static char *name(struct s *p)
{
  return p->name;
}
`,
  'g.cpp': `namespace n {
/// A box.
class Box {
public:
  // Its size.
  int size() const {
    return 1;
  }
};
template <typename T>
T id(T a) {
  return a;
}
}
int n::Box::other(int a) {
  return a;
}
`,
};
const files = Object.entries(samples).map(([path, text]) => ({ id: path, text, meta: { path } }));

describe('split-functions', () => {
  it('finds functions and methods with names, parents, lines and documentation', async () => {
    const { documents } = await runStep('split-functions', {}, files);
    const rows = documents.map(({ meta: { path, kind, parents, name, start_line, end_line, docstring } }) =>
      [path, kind, [...(parents as string[]), name].join('.'), `${start_line}-${end_line}`, docstring].join(' | '),
    );
    expect(rows).toEqual([
      'a.ts | function | add | 3-6 | Adds.',
      'a.ts | function | twice | 9-11 | ',
      'a.ts | method | Shape.area | 19-24 | Its area.',
      'a.ts | method | Shape.scale | 25-27 | ',
      'a.ts | function | default | 29-31 | ',
      'a.ts | function | N.hidden | 33-35 | ',
      'b.py | function | greet | 4-10 | Say hello.\n\nLong: 你好。',
      'b.py | method | Greeter.wave | 16-19 | Wave \\o/.',
      'b.py | function | conditional | 22-24 | ',
      'C.java | method | C.answer | 4-8 | @return the answer',
      'C.java | method | C.C | 9-11 | ',
      'd.go | function | Sum | 3-7 | Sum adds.\nAll of them.',
      'd.go | method | Tree.Walk | 11-13 | ',
      'e.rs | function | double | 1-6 | Doubles.\nTwice.',
      'e.rs | method | P.x | 11-14 | The x.',
      'f.c | function | add | 1-5 | Adds two.',
      'f.c | function | name | 7-10 | ',
      'g.cpp | method | n.Box.size | 5-8 | Its size.',
      'g.cpp | function | n.id | 10-13 | ',
      'g.cpp | function | n::Box::other | 15-17 | ',
    ]);
    const area = documents.find(({ meta }) => meta.name === 'area')!;
    expect(area.text).toBe(
      '/** Its area. */\n@cached()\narea(): number {\n  const inner = () => 1;\n  return inner();\n}',
    );
    expect(area.id).toBe('a.ts#L19');
    for (const { text, meta } of documents) {
      if (meta.docstring === undefined) continue;
      const [start, end] = meta.docstring_span as [number, number];
      expect(text.slice(start, end)).toContain(String(meta.docstring).split('\n')[0]!.slice(0, 4));
    }
  });

  it('classes by option; what is short, broken, tests', async () => {
    const { documents } = await runStep('split-functions', { units: ['class'], min_lines: 1 }, files);
    expect(documents.map(({ meta }) => `${meta.name}: ${meta.docstring}`)).toEqual([
      'Shape: A shape.\nOf any kind.',
      'Greeter: Greets.',
      'C: Holds.',
      'Tree: Tree is one.',
      'P: undefined',
      'Box: A box.',
    ]);
    const odd = 'def ok():\n  a\n  b\ndef bad(:\n  a\n  b\ndef test_x():\n  a\n  b\ndef one(): pass\n';
    const result = await runStep('split-functions', { skip_tests: true }, [
      { text: odd, meta: { programming_language: 'Python' } },
    ]);
    expect(result.ledger.counters).toMatchObject({ tests: 1, 'short-units': 1 });
    expect(result.documents.some(({ meta }) => meta.name === 'ok')).toBe(true);
  });

  it('drops what it cannot split, or lets it go on', async () => {
    const given = [
      { id: 'x.txt', text: 'hello' },
      { id: 'y.py', text: '' },
      { id: 'z.py', text: 'x\n'.repeat(100) },
      { id: 'w.py', text: 'w'.repeat(60) },
    ];
    const { ledger } = await runStep('split-functions', { max_characters: 150, max_line: 50 }, given);
    expect(ledger.dropped).toEqual({ 'unsupported-language': 1, 'no-units': 1, 'too-long': 1, 'long-line': 1 });
    expect((await runStep('split-functions', { other: 'keep' }, given)).documents.map(({ id }) => id)).toEqual([
      'x.txt',
    ]);
  });

  it('splits these sources: every top-level function with its documentation', async () => {
    const folder = new URL('./', import.meta.url);
    const own = readdirSync(folder)
      .filter((name) => /^[a-z-]+\.ts$/.test(name))
      .map((name) => ({ id: name, text: readFileSync(new URL(name, folder), 'utf8'), meta: { path: name } }));
    const { documents } = await runStep('split-functions', { min_lines: 1 }, own);
    for (const { id, text } of own) {
      const expected = [...text.matchAll(/^(?:export )?(?:async )?function (\w+)/gm)].map((match) => match[1]!);
      const found = documents.filter(({ meta }) => meta.path === id).map(({ meta }) => meta.name);
      for (const name of expected) expect(found, `${id}: ${name}`).toContain(name);
    }
    expect(documents.find(({ meta }) => meta.name === 'cleanPythonString')!.meta.docstring).toMatch(
      /^A string literal/,
    );
  });

  it('never throws, and gives slices of the text (property)', async () => {
    const token = fc.constantFrom(
      'def f',
      'class A',
      '(',
      ')',
      ':',
      '\n',
      '  ',
      '{',
      '}',
      'fn x',
      '"""',
      '/**',
      '*/',
      '//',
      '中',
      '😀',
      '\ud800',
      '\0',
      ';',
      'func ',
      '=>',
      '`',
      '${',
      '#',
      '@',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { maxLength: 40 }),
        fc.constantFrom('py', 'ts', 'tsx', 'js', 'java', 'go', 'rs', 'c', 'cpp'),
        async (tokens, extension) => {
          const text = tokens.join('');
          const { documents } = await runStep('split-functions', { min_lines: 1, dedent: false }, [
            { id: `x.${extension}`, text },
          ]);
          for (const one of documents) expect(text).toContain(one.text);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes hostile files', async () => {
    const n = 3_000;
    const lines = (part: string) => `${part.repeat(900 / part.length)}\n`.repeat(n / 900);
    const hostile = ['(', '{', 'a', '/*', '"', '<', ' ', '`${'].map(lines);
    hostile.push(
      'def f(\n'.repeat(n / 10),
      'function f(){\n'.repeat(n / 20),
      'function f(){}\n'.repeat(n / 15),
      '// x\n'.repeat(n / 5),
    );
    const started = performance.now();
    for (const extension of ['py', 'ts', 'cpp']) {
      const { ledger } = await runStep(
        'split-functions',
        {},
        hostile.map((text, i) => ({ id: `${i}.${extension}`, text })),
      );
      expect(ledger.in).toBe(hostile.length);
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it('goes on with another parser when one dies, and only of what kills a new one', async () => {
    const deadly = `${'/*'.repeat(450)}\n`.repeat(4);
    const good = 'def f(a):\n    b = a\n    return b\n';
    const given = [deadly, good, deadly, deadly, good];
    const { documents, dropped } = await runStep(
      'split-functions',
      {},
      given.map((text, i) => ({ id: `${i}.py`, text })),
    );
    expect(documents.map(({ id }) => id)).toEqual(['1.py#L1', '4.py#L1']);
    expect(dropped.map(({ id, reason }) => [id, reason])).toEqual(
      ['0.py', '2.py', '3.py'].map((id) => [id, 'unparsable']),
    );
    let seen = 0;
    const parse = (parser: Parser) => parser.parse(++seen > 0 ? deadly : '');
    expect(await withParser('python', 'x.py', () => 1)).toBe(1);
    expect(await withParser('python', 'x.py', parse)).toBeUndefined();
    expect(seen, 'a used parser, then a new one').toBe(2);
    expect(await withParser('python', 'x.py', parse)).toBeUndefined();
    expect(seen, 'a new one').toBe(3);
  });
});

describe('documentation', () => {
  it('loses its marks', () => {
    expect(cleanComment('/**\n   * One.\n   *   two\n   */')).toBe('One.\n  two');
    expect(cleanComment('/// a\n///   b')).toBe('a\n  b');
    expect(cleanComment('/** 一行 */')).toBe('一行');
    expect(cleanPythonString('"""One.\n\n    Two\n      three\n    """')).toBe('One.\n\nTwo\n  three');
    expect(cleanPythonString("u'a\\'b'")).toBe("a'b");
    expect(cleanComment('/// a\n\n/// b\n\n/// c')).toBe('a\nb\nc');
    expect(cleanComment(`/**${'\n'.repeat(20_000)} end */`)).toBe('end');
  });
});

describe('docstring-pairs', () => {
  const units = async () => (await runStep('split-functions', {}, files)).documents;

  it('makes chat documents of either direction', async () => {
    const { documents, ledger } = await runStep('docstring-pairs', { direction: 'both', min_words: 2 }, await units());
    const greet = documents.filter(({ meta }) => meta.name === 'greet');
    expect(greet.map(({ id }) => id)).toEqual(['b.py#L4#code', 'b.py#L4#docstring']);
    expect(messagesOf(greet[0]!)).toEqual([
      { role: 'user', content: 'Write the python function `greet`.\n\nSay hello.' },
      { role: 'assistant', content: '```python\n@cache\ndef greet(name):\n    return f"hello {name}"\n```' },
    ]);
    expect(messagesOf(greet[1]!)![1]!.content).toBe('Say hello.');
    expect(Object.keys(ledger.dropped).sort()).toEqual(['no-docstring', 'short-docstring']);
  });

  it('or fields; the code is whole but for its documentation', async () => {
    const { documents } = await runStep(
      'docstring-pairs',
      { as: 'fields', min_words: 1, first_paragraph: false },
      await units(),
    );
    const codes = Object.fromEntries(documents.map(({ meta, text }) => [meta.name, text]));
    expect(codes.add).toBe('int add(int a, int b)\n{\n  return a + b;\n}');
    expect(codes.area).toBe('@cached()\narea(): number {\n  const inner = () => 1;\n  return inner();\n}');
    expect(codes.double).toBe('#[inline]\npub fn double(a: i32) -> i32 {\n    a * 2\n}');
    expect(codes.wave).toBe('async def wave(self):\n    def inner(): pass\n    return 1');
    expect(documents.find(({ meta }) => meta.name === 'greet')!.meta.docstring).toBe('Say hello.\n\nLong: 你好。');
    await expect(
      runStep('docstring-pairs', { min_words: 1, code_instructions: ['{author}'] }, await units()),
    ).rejects.toThrow(/needs 'author'/);
  });
});

it('documentation goes with the spaces of its line, however many there are', async () => {
  const wide = ' '.repeat(60_000);
  const doc = '"""Say it all now."""';
  const text = `def f():${wide}\n  ${doc}\n  return 1${wide}x`;
  const start = text.indexOf(doc);
  const meta = { docstring: 'Say it all now.', docstring_span: [start, start + doc.length] };
  const { documents } = await runStep('docstring-pairs', { as: 'fields' }, [{ text, meta }]);
  expect(documents[0]!.text).toBe(`def f():${wide}\n  return 1${wide}x`);
});

it('letters beyond the first plane are letters', async () => {
  const text = '𠮷𠀀𠀁𡈽𨑨\n'.repeat(10);
  expect((await runStep('generated-code', {}, [{ id: 'a.txt', text }])).documents).toHaveLength(1);
});

describe('licence-filter', () => {
  it.each([
    ['MIT', true],
    ['mit license', true],
    ['GPL-3.0-only', false],
    ['MIT OR GPL-2.0-or-later', true],
    ['MIT AND GPL-2.0', false],
    ['(MIT OR GPL-2.0) AND Apache-2.0', true],
    ['GPL-2.0 WITH Classpath-exception-2.0', false],
    ['Apache-2.0 WITH LLVM-exception', true],
    ['see the file LICENSE', false],
    ['MIT OR', true],
    ['', false],
    ['('.repeat(1000), false],
  ])('%j: %s', (expression, allowed) => {
    const isAllowed = (one: string) => onList(one, permissive);
    // `MIT OR` is no expression: the right side is missing, so it is not read to its end.
    expect(expressionAllows(expression, isAllowed)).toBe(expression === 'MIT OR' ? false : allowed);
  });

  it('reads heads', () => {
    expect(licenceInHead('/* SPDX-License-Identifier: GPL-2.0 OR MIT */\nint x;')).toBe('GPL-2.0 OR MIT');
    expect(licenceInHead('# SPDX-License-Identifier: Apache-2.0\r\n')).toBe('Apache-2.0');
    expect(licenceInHead('// it under the terms of the GNU\n// General Public License as')).toBe('GPL');
    expect(licenceInHead(' * Licensed under the Apache License,\n * Version 2.0 (the "License")')).toBe('Apache-2.0');
    expect(licenceInHead('int main() {}')).toBeUndefined();
    expect(onList('GPL-2.0+', ['GPL'])).toBe(true);
    expect(onList('BSD-3-Clause', ['BSD-*'])).toBe(true);
    expect(onList('BSD-3-Clause', ['BSD'])).toBe(true);
    expect(onList('CC-BY-NC-4.0', ['CC-BY'])).toBe(false);
    expect(onList('BSD-3-Clause-No-Nuclear-License', permissive)).toBe(false);
  });

  it('keeps, drops, and says why', async () => {
    const { documents, dropped, ledger } = await runStep('licence-filter', {}, [
      { text: 'x', meta: { licence: 'MIT' } },
      { text: '// SPDX-License-Identifier: GPL-3.0-only', meta: { licence: 'MIT' } },
      { text: '// SPDX-License-Identifier: ISC' },
      { text: 'nothing' },
      { text: 'x', meta: { license: ['MIT', 'AGPL-3.0'] } },
    ]);
    expect(documents.map(({ meta }) => meta.licence)).toEqual(['MIT', 'ISC']);
    expect(dropped.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['licence-not-allowed', 'GPL-3.0-only (head of the file)'],
      ['licence-unknown', 'neither meta.licence nor the head of the text says'],
      ['licence-not-allowed', 'AGPL-3.0'],
    ]);
    expect(ledger.counters).toEqual({ 'licence-from-head': 1 });
    const strict = await runStep('licence-filter', { deny: ['MIT'], unknown: 'keep' }, [
      { meta: { licence: 'MIT' } },
      'x',
    ]);
    expect(strict.documents.map(({ id }) => id)).toEqual(['d1']);
  });
});

describe('generated-code', () => {
  const human = samples['a.ts']!;
  it.each([
    ['vendored', 'lib/node_modules/x/index.js', human],
    ['vendored', 'static/jquery.min.js', human],
    ['generated', 'api/x.pb.go', human],
    ['generated', 'api/x_pb2.py', human],
    ['generated', 'x.go', `// Code generated by protoc-gen-go. DO NOT EDIT.\n${human}`],
    ['generated', 'x.js', `/**\n * @generated SignedSource<<x>>\n */\n${human}`],
    ['generated', 'x.py', `# This file was generated by a tool\n${human}`],
    ['long-line', 'x.js', `var a = "${'word '.repeat(250)}";`],
    ['long-mean-line', 'x.js', `${'let abc = def; '.repeat(10)}\n`.repeat(5)],
    ['low-alphanumeric', 'x.py', '{[(+-*/%)]} ;;\n'.repeat(20)],
    ['low-letters', 'x.py', '1, 2, 3, 44, 55, 66\n'.repeat(20)],
    [
      'encoded-data',
      'x.c',
      `const char *data = "\n${`${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0'.repeat(8)}\n${'//\n'.repeat(4)}`.repeat(20)}";`,
    ],
    ['xml', 'x.xml', `<?xml version="1.0"?>\n${human}`],
    ['too-short', 'x.py', 'x = 1'],
  ])('%s: %s', async (reason, path, text) => {
    const { ledger } = await runStep('generated-code', {}, [{ id: path, text, meta: { path } }]);
    expect(ledger.dropped).toEqual({ [reason]: 1 });
  });

  it('keeps what people write: all samples, this repository’s steps, prose about generated code further down', async () => {
    const folder = new URL('../', import.meta.url);
    const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/test|gen\.ts/.test(name))
      .slice(0, 40);
    const given = [
      ...files,
      ...own.map((name) => ({ id: name, text: readFileSync(new URL(name, folder), 'utf8') })),
      { id: 'x.py', text: `${'x = 1  # a comment here\n'.repeat(20)}# do not edit\n` },
    ];
    const { dropped } = await runStep('generated-code', {}, given);
    // Tables of data may fall: their reason is the long lines.
    expect(dropped.filter(({ reason }) => !/long/.test(reason))).toEqual([]);
    expect(dropped.length).toBeLessThan(3);
  });

  it('limits can be turned off, and hostile text costs linear time', async () => {
    const off = { max_line: null, max_mean_line: null, min_alphanumeric: null, min_letters: null, max_encoded: null };
    expect((await runStep('generated-code', off, ['x'.repeat(5000)])).documents).toHaveLength(1);
    const started = performance.now();
    const hostile = ['a', '0', '\\x41', '0x1 ', ' ', '=', 'generated by ', 'generated from ', '\u0301'].map((part) =>
      part.repeat(1e6 / part.length),
    );
    await runStep('generated-code', { ...off, max_encoded: 0.5 }, hostile);
    await runStep('licence-filter', {}, hostile);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('fill-in-the-middle', () => {
  const parse = (text: string) => {
    const psm = /^<P>([\s\S]*)<S>([\s\S]*)<M>([\s\S]*)<E>$/.exec(text);
    return psm ? psm.slice(1) : undefined;
  };
  const sentinels = { prefix: '<P>', suffix: '<S>', middle: '<M>', end: '<E>' };

  it('keeps every character, in either order (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('a', '\n', '中', '😀', ' '), minLength: 1, maxLength: 40 }),
        fc.constantFrom('character', 'line'),
        fc.nat(1000),
        async (text, level, seed) => {
          const config = { rate: 1, level, min_characters: 2, ...sentinels };
          const { documents } = await runStep('fill-in-the-middle', { ...config, spm_rate: 0 }, [text], seed);
          const parts = parse(documents[0]!.text);
          if (parts) {
            const [prefix, suffix, middle] = parts as [string, string, string];
            expect(prefix + middle + suffix).toBe(text);
            expect(middle).not.toBe('');
            for (const part of parts) expect(part).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
            if (level === 'line') expect(prefix === '' || prefix.endsWith('\n')).toBe(true);
          } else expect(documents[0]!.text).toBe(text);
          const spm = (await runStep('fill-in-the-middle', { ...config, spm_rate: 1 }, [text], seed)).documents[0]!;
          if (spm.text !== text) {
            const [, suffix, rest] = /^<P><S>([\s\S]*)<M>([\s\S]*)<E>$/.exec(spm.text)!;
            expect(rest! + suffix!).toBe(text);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('at its rates, by seed, and not where a sentinel stands already', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => ({
      id: `f${i}`,
      text: `line ${i}\n`.repeat(4),
      meta: { docstring_span: [0, 1] },
    }));
    const { ledger, documents } = await runStep('fill-in-the-middle', {}, many);
    expect(ledger.counters.psm! + ledger.counters.spm!).toBeGreaterThan(900);
    expect(ledger.counters.psm! + ledger.counters.spm!).toBeLessThan(1100);
    expect(Math.abs(ledger.counters.psm! - ledger.counters.spm!)).toBeLessThan(150);
    expect(
      documents.find(({ meta }) => meta.fill_in_the_middle === 'spm')!.text.startsWith('<fim_prefix><fim_suffix>'),
    ).toBe(true);
    expect(
      documents.every(({ meta }) => (meta.fill_in_the_middle === undefined) === (meta.docstring_span !== undefined)),
    ).toBe(true);
    expect((await runStep('fill-in-the-middle', {}, many)).documents).toEqual(documents);
    const marked = await runStep('fill-in-the-middle', { rate: 1 }, ['a text with <fim_middle> in it']);
    expect([marked.documents[0]!.text, marked.ledger.counters]).toEqual([
      'a text with <fim_middle> in it',
      { 'has-sentinel': 1 },
    ]);
    await expect(runStep('fill-in-the-middle', { middle: '<fim_prefix>' }, ['x'])).rejects.toThrow(/must differ/);
  });
});
