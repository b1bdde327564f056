/** What the data layer says when something common is wrong, as it says it, in Chinese. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AthanorError } from '../../core/index.ts';
import { buildDataset, Workspace } from '../../data/index.ts';
import { translator } from './index.ts';

const { text } = translator('zh');
const root = mkdtempSync(join(tmpdir(), 'athanor-texts-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const files = {
  'a.jsonl': '{"text":"hello world"}\n{"text":"床前明月光"}\n',
  'broken.jsonl': '{"text":"a"}\n{oops\n',
  'body.jsonl': '{"body":"a"}\n',
  'list.jsonl': '[1]\n',
  'chat.jsonl': '{"messages":[{"role":"robot","content":"x"}]}\n',
  'a.csv': 'x,y\n1,2\n',
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
writeFileSync(join(root, 'latin.jsonl'), Buffer.from('{"text":"fine"}\n{"text":"caf\xe9"}\n', 'latin1'));

const warnings: string[] = [];
async function build(stage: Record<string, unknown>): Promise<AthanorError> {
  const given = { name: 'd', sources: [{ type: 'jsonl', path: 'a.jsonl' }], ...stage };
  try {
    await buildDataset(given as never, {
      ...{ workspace: new Workspace(join(root, 'workspace')), baseDir: root, seed: 1, threads: 0 },
      report: (event) => {
        if (event.type === 'message') warnings.push(event.text);
      },
    });
  } catch (error) {
    return error as AthanorError;
  }
  return new AthanorError('internal', 'nothing was wrong');
}
const from = (type: string, path: string, more = {}) => ({ sources: [{ type, path, ...more }] });
const step = (use: string, more = {}) => ({ steps: [{ use, ...more }] });

describe('errors of the data layer in Chinese', () => {
  it.each([
    ['no file', from('jsonl', 'nope.jsonl'), '没有与“nope.jsonl”相符的文件', '相对路径从'],
    [
      'unknown step',
      step('lenght', { min: 1 }),
      'steps[0].use：未知的步骤“lenght”。是不是想写“length”？可用：back-',
      '',
    ],
    ['no step', { steps: [{ min: 1 }] }, 'steps[0].use：应写“use: <步骤的名称>”。可用：', ''],
    ['unknown source', from('jsnol', 'x'), 'sources[0].type：未知的数据源“jsnol”。是不是想写“json”？可用：', ''],
    ['unknown split', { split: { use: 'by-hahs' } }, 'split.use：未知的数据划分“by-hahs”。', ''],
    ['unknown key', step('length', { mni: 1 }), 'steps[0]：未知的键“mni”', '是不是想写“unit”？可用的键：unit, min'],
    ['wrong type', step('length', { min: 'x' }), 'steps[0].min：类型不对：应为 number，得到 string', ''],
    ['no choice', step('length', { unit: 'pages' }), 'steps[0].unit：应为其中之一：', ''],
    ['no sources', { sources: [] }, 'sources：太少：至少要有 1 项', ''],
    ['no path', { sources: [{ type: 'jsonl' }] }, 'sources[0].path：应为一个路径，或路径的列表', ''],
    ['not JSON', from('jsonl', 'broken.jsonl'), 'broken.jsonl:2：不是有效的 JSON：', '请修好文件'],
    [
      'no field',
      from('jsonl', 'body.jsonl'),
      'body.jsonl:1：字段“text”应为字符串，得到 无（现有字段：body）',
      '请修好文件',
    ],
    ['no object', from('jsonl', 'list.jsonl'), 'list.jsonl:1：应为对象，得到 [1]', '请修好文件'],
    ['no messages', from('jsonl', 'chat.jsonl'), 'chat.jsonl:1：“messages”应为 { role', '请修好文件'],
    ['no column', from('csv', 'a.csv'), 'a.csv:1：字段“text”应为字符串，得到 无（现有字段：x, y）', '请修好文件'],
    ['no charset', from('csv', 'a.csv', { charset: 'foo' }), 'charset：未知的“foo”', '请使用 WHATWG'],
    ['nothing left', step('length', { min: 999 }), '数据集“d”中没有剩下任何文档：\njsonl: → 2', '请查看丢弃'],
    ['no limit', step('length'), 'length：应给出 min 或 max，却都没有', '请设定保留的最短'],
    ['no tokenizer', step('length', { unit: 'tokens', min: 1 }), 'length：按词元计数需要分词器', '请给出含'],
    [
      'no key',
      step('pii', { key_env: 'ATHANOR_NO_KEY' }),
      'pii：key_env 指定的环境变量 ATHANOR_NO_KEY 没有设置',
      '请把 ATHANOR',
    ],
    ['shares', { split: { train: 0.9 } }, '各部分的比例之和为 1.1，应为 1', '请给出 train、'],
    ['no date', { split: { use: 'by-time', test_from: 'soon' } }, 'by-time: test_from 不是日期："soon"', '请写成'],
    [
      'no texts',
      step('decontaminate', { sets: [{ path: 'body.jsonl' }] }),
      'decontaminate：body.jsonl 的字段 question 中没有文本',
      '请指明评测集',
    ],
    ['bands', step('near-dedup', { bands: 100, rows: 9 }), 'near-dedup: 100 段 × 9 行需要 900 个', '请增大 num_perm'],
    ['neither', step('random'), 'random：`fraction` 与 `count` 须', ''],
    ['no group', step('balance', { weights: { xx: 1 } }), "balance：没有文档属于组 'xx'", '按 language 分的组：-。'],
    [
      'no pattern',
      step('rules', { rules: [{ action: 'remove', reason: 'x' }] }),
      'steps[0].rules[0]：text、regex、between、url 中应恰有一个，现有：无',
      '',
    ],
    [
      'no URL',
      step('qa-pairs', { endpoint: { base_url: 'x', model: 'm' } }),
      'steps[0].endpoint.base_url：应为网址',
      '',
    ],
    ['templates', step('to-messages', { user: 'x', copies: 3 }), 'to-messages: 3 份需要同样多的', ''],
  ])('%s', async (_, stage, message, hint) => {
    const error = await build(stage);
    expect(error).toBeInstanceOf(AthanorError);
    expect(text(error.message).startsWith(message), text(error.message)).toBe(true);
    expect(text(error.hint ?? '').startsWith(hint), text(error.hint ?? '')).toBe(true);
  });

  it('warnings too', async () => {
    await build(from('jsonl', 'latin.jsonl'));
    await build({ split: { train: 0, validation: 1, test: 0 } });
    expect(warnings.map(text)).toEqual([
      '数据源 jsonl：损坏的输入已放到一边（not-utf8 1）；第一处：latin.jsonl:2：该行 不是有效的 UTF-8',
      '数据集“d”没有训练文档：全部 2 篇都分到了其他部分',
    ]);
  });
});
