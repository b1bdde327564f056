/** The steps that clean text, on real rests of pages in both languages and on hostile text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { Step } from '../../step.ts';
import { runEach } from '../../testing/run-each.ts';
import { boilerplateLines } from './boilerplate-lines.ts';
import { brackets } from './brackets.ts';
import { caseFold } from './case-fold.ts';
import { htmlResidue } from './html-residue.ts';
import { punctuation } from './punctuation.ts';
import { repeatedLines } from './repeated-lines.ts';
import { rules } from './rules.ts';
import { toTraditional } from './to-traditional.ts';
import { unicode } from './unicode.ts';
import { urls } from './urls.ts';
import { width } from './width.ts';

/** Each text with what it becomes. */
async function check<Config extends z.ZodObject>(
  step: Step<Config>,
  config: z.input<Config>,
  pairs: readonly (readonly [string, string])[],
): Promise<void> {
  const result = await runEach(
    step,
    config,
    pairs.map(([given]) => given),
  );
  expect(result.texts).toEqual(pairs.map(([, expected]) => expected));
}

describe('unicode', () => {
  it('normalises in any form', async () => {
    await check(unicode, {}, [
      ['Cafe\u0301 ①', 'Café ①'],
      ['a\ud800', 'a\ufffd'],
      ['plain', 'plain'],
    ]);
    await check(unicode, { form: 'NFKC' }, [['ＡＢＣ①ﬁ', 'ABC1fi']]);
    await check(unicode, { form: 'NFD' }, [['é', 'e\u0301']]);
    await check(unicode, { form: 'none' }, [['e\u0301\udc00', 'e\u0301\ufffd']]);
  });
});

describe('html-residue', () => {
  it('removes tags, references, scripts and BBCode, and keeps what is none', async () => {
    await check(htmlResidue, {}, [
      ['<p>Hello <b class="x>y">world</b></p>', '\nHello world\n'],
      ['5 < 6 && x > 3, List<String>, <T>, a<b', '5 < 6 && x > 3, List<String>, <T>, a<b'],
      [
        'Tom &amp; Jerry&nbsp;&#8217;s &lt;br/&gt; &amp;quot;x&amp;quot; AT&T &foo;',
        'Tom & Jerry ’s \n "x" AT&T &foo;',
      ],
      ['前<script>var a = "</p>";</script>后<!-- 注释 -->完', '前\n后完'],
      ['[b]粗体[/b] [url=http://a.b]链接[/url] [img]http://a/b.png[/img] [1] [sic]', '粗体 链接  [1] [sic]'],
      ['文字<SPAN STYLE="color:red">红</SPAN>色', '文字红色'],
      ['text\nvar _hmt = _hmt || [];\n$(document).ready(function(){\n});\n.nav { color: red }\nmore', 'text\nmore'],
      ['He said (quietly): go; then left.', 'He said (quietly): go; then left.'],
    ]);
  });

  it('removes wiki and Markdown marks when told', async () => {
    await check(htmlResidue, { wiki: true }, [
      [
        "'''李白'''（701年）是[[唐朝|唐]]代[[诗人]]{{cite|a={{b}}}}。\n== 生平 ==\n* 早年",
        '李白（701年）是唐代诗人。\n生平\n早年',
      ],
    ]);
    await check(htmlResidue, { markdown: true }, [
      [
        '# 标题\n这是**重点**和[链接](http://a.b)，`code` ![图](a.png)\n---\n2 * 3 * 4',
        '标题\n这是重点和链接，code \n\n2 * 3 * 4',
      ],
    ]);
  });
});

describe('width', () => {
  it('makes letters half-width and kana full-width, punctuation on demand', async () => {
    await check(width, {}, [['ＡＢｃ１２３，ﾊﾝｶｸ　ｶﾞ', 'ABc123，ハンカク ガ']]);
    await check(width, { punctuation: 'half' }, [['你好，世界！（Ａ）。', '你好,世界!(A).']]);
    await check(width, { punctuation: 'full', letters: 'keep' }, [['你好,Ａ!', '你好，Ａ！']]);
  });
});

describe('punctuation', () => {
  it('goes by context', async () => {
    await check(punctuation, {}, [
      ['今天很好,我们走吧!你呢?', '今天很好，我们走吧！你呢？'],
      ['Hello，world：fine', 'Hello,world:fine'],
      ['版本 1.5, 价格 3,000 元; a, b', '版本 1.5, 价格 3,000 元; a, b'],
      ['等等。。。真的吗......好……', '等等……真的吗……好……'],
      ['Wait..... no!!!!!!! ok!!', 'Wait… no!!! ok!!'],
    ]);
    await check(punctuation, { quotes: 'straight', dashes: 'hyphen', context: false }, [
      ['“a” ‘b’ c–d', '"a" \'b\' c-d'],
    ]);
  });
});

describe('to-traditional, case-fold, urls, brackets', () => {
  it('do what their names say', async () => {
    await check(toTraditional, {}, [['举头望明月，头发与发现', '舉頭望明月，頭髮與發現']]);
    await check(toTraditional, { to: 'twp' }, [['软件', '軟體']]);
    await check(caseFold, {}, [['ÄPFEL Straße', 'äpfel straße']]);
    await check(caseFold, { how: 'fold' }, [['Straße', 'strasse']]);
    await check(urls, {}, [
      ['见https://a.cn/b?c=d，谢谢 (see www.x.org/y_(z)).', '见，谢谢 (see ).'],
      ['no address here: http', 'no address here: http'],
    ]);
    await check(urls, { action: 'replace', replacement: '$&' }, [['go to http://a.b/c.', 'go to $&.']]);
    await check(brackets, {}, [
      ['李白[1][2-3]是诗人［4］（）。It[edit] is[12, 13] (see ( ) ).', '李白是诗人。It is (see  ).'],
      ['[sic] f(x) a[i] (1)', '[sic] f(x) a[i] (1)'],
    ]);
  });
});

describe('repeated-lines', () => {
  it('drops later copies of long lines', async () => {
    await check(repeatedLines, {}, [
      ['This is a long header\ntext\nTHIS is a long header!\ntext', 'This is a long header\ntext\ntext'],
      ['春眠不觉晓处处闻啼鸟\n一\n春眠不觉晓，处处闻啼鸟。\n一', '春眠不觉晓处处闻啼鸟\n一\n一'],
    ]);
    await check(repeatedLines, { consecutive: true, min_length: 1 }, [['a\na\nb\na', 'a\nb\na']]);
  });
});

describe('boilerplate-lines', () => {
  it('drops lines of pages, in both languages, and keeps text about them', async () => {
    const result = await runEach(boilerplateLines, {}, [
      [
        'Home > News > Politics',
        'The minister said on Monday that the privacy of citizens, and every policy that touches it, must be debated in the open before any law is passed by the house.',
        'Share on Facebook',
        '1,204 Comments',
        'We use cookies to improve your experience.',
        'Copyright © 2020 Example Ltd. All rights reserved.',
        'Read more »',
        'Advertisement',
        'He shared the bread with his brother.',
      ].join('\n'),
      [
        '首页 > 新闻 > 正文',
        '责任编辑：张三',
        '据新华社报道，该公司负责人在发布会上表示，今后将继续加大投入，改善公众服务的质量。',
        '上一篇：春天来了',
        '关注公众号，获取更多内容',
        '版权声明：本文为原创文章，转载请注明出处',
        '京ICP备12345678号',
        '阅读(1234)',
        '他在首页上看到了这条新闻，于是返回列表继续寻找。',
      ].join('\n'),
    ]);
    expect(result.texts[0]!.split('\n')).toHaveLength(2);
    expect(result.texts[1]!.split('\n')).toEqual([
      '据新华社报道，该公司负责人在发布会上表示，今后将继续加大投入，改善公众服务的质量。',
      '他在首页上看到了这条新闻，于是返回列表继续寻找。',
    ]);
    expect(result.counters).toMatchObject({ 'lines-navigation': 4, 'lines-share': 2, 'lines-copyright': 3 });
    const own = await runEach(boilerplateLines, { groups: ['login'], phrases: ['小编'] }, [
      'Log in\n小编推荐\nAdvertisement',
    ]);
    expect(own.texts).toEqual(['Advertisement']);
  });
});

describe('rules', () => {
  it('carry out every action', async () => {
    const result = await runEach(
      rules,
      {
        rules: [
          { text: '关注公众号', action: 'drop-line', reason: 'advertisement' },
          { between: ['【广告】', '【/广告】'], action: 'remove', reason: 'advertisement' },
          { regex: '\\d{3}-\\d{4}-\\d{4}', action: 'replace', replacement: '<电话>', reason: 'phone' },
          { url: true, action: 'remove', reason: 'url' },
          { text: 'casino', ignore_case: true, action: 'drop-document', reason: 'gambling' },
          { regex: '(?i)sponsor\\w*', action: 'drop-sentence', reason: 'sponsor' },
        ],
      },
      [
        '正文。\n请关注公众号：abc\n电话010-1234-5678【广告】买！【/广告】见http://a.b/c',
        'Play at our CASINO now.',
        'Good text. This is Sponsored by Acme. More text.',
      ],
    );
    expect(result.texts).toEqual(['正文。\n电话<电话>见', 'Good text.  More text.']);
    expect(result.dropped.get('d1')).toEqual({ reason: 'gambling', detail: 'found "CASINO"' });
    expect(result.counters).toEqual({ advertisement: 2, phone: 1, url: 1, sponsor: 1 });
  });

  it('come from a file, and say where it is wrong', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rules-'));
    try {
      writeFileSync(join(dir, 'good.yaml'), 'rules:\n  - { text: x, action: remove, reason: letter }\n');
      expect((await runEach(rules, { file: 'good.yaml' }, ['axb'], { baseDir: dir })).texts).toEqual(['ab']);
      writeFileSync(join(dir, 'bad.yaml'), 'rules:\n  - { text: x, regex: y, action: remove, reason: letter }\n');
      await expect(runEach(rules, { file: 'bad.yaml' }, [], { baseDir: dir })).rejects.toThrow(
        'bad.yaml: rules[0]: expected exactly one pattern of text, regex, between, url; found text and regex',
      );
      writeFileSync(join(dir, 'bad.yaml'), 'rules:\n  - { text: x, action: erase, reason: letter }\n');
      await expect(runEach(rules, { file: 'bad.yaml' }, [], { baseDir: dir })).rejects.toThrow(
        'bad.yaml: rules[0].action',
      );
      await expect(runEach(rules, { file: 'none.yaml' }, [], { baseDir: dir })).rejects.toThrow('none.yaml');
    } finally {
      rmSync(dir, { recursive: true });
    }
    const wrong = { rules: [{ regex: '(?=a)b', action: 'remove' as const, reason: 'x' }] };
    await expect(runEach(rules, wrong, [])).rejects.toThrow('rules.rules[0].regex');
    expect(() => rules.config.parse({ rules: [{ text: 'a', action: 'replace', reason: 'x' }] })).toThrow(/replacement/);
  });

  it('take linear time on hostile text', async () => {
    const evil = ['(a+)+$', '(a|aa)*b', 'a*a*a*a*c', '(.*)(.*)(.*)x', '\\s+$'];
    const result = runEach(
      rules,
      { rules: evil.map((regex) => ({ regex, action: 'remove' as const, reason: 'evil' })) },
      ['a'.repeat(20_000), ' '.repeat(20_000)],
    );
    const begin = performance.now();
    await result;
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});

describe('hostile text', () => {
  const steps: [Step, Record<string, unknown>][] = [
    [unicode as Step, {}],
    [htmlResidue as Step, { wiki: true, markdown: true }],
    [width as Step, {}],
    [punctuation as Step, {}],
    [urls as Step, {}],
    [brackets as Step, {}],
    [repeatedLines as Step, {}],
    [boilerplateLines as Step, { max_length: 100_000 }],
    [rules as Step, { rules: [{ between: ['<', '>'], action: 'remove', reason: 'x' }] }],
  ];
  const parts = [
    'a',
    ' ',
    '\n',
    '<',
    '<a ',
    '<script>',
    '<!--',
    '&',
    '&amp;',
    '[',
    '[[',
    '{{',
    '(',
    '1',
    '.',
    '*',
    '**',
    '`',
    '#',
    '>',
    '!',
    'http://',
    '\u0301',
    '。',
    '\ud800',
    '\0',
    '页',
    '= ',
  ];
  it.each(steps.map(([step, config]) => [step.name, step, config] as const))(
    'is read in linear time by %s',
    async (_, step, config) => {
      for (const part of parts) {
        const begin = performance.now();
        await runEach(step, config, [part.repeat(100_000 / part.length)]);
        expect(performance.now() - begin, `${step.name} on ${JSON.stringify(part)}`).toBeLessThan(2500);
      }
    },
  );
});
