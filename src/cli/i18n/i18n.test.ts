import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { en, type MessageKey } from './en.ts';
import { chooseLanguage, translator } from './index.ts';
import { zh } from './zh.ts';
import { zhTexts } from './zh-texts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = (below: string, skip: RegExp): string =>
  readdirSync(join(root, below), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !skip.test(name))
    .map((name) => readFileSync(join(root, below, name), 'utf8'))
    .join('\n');

describe('messages', () => {
  it('the flag goes before the environment', () => {
    expect(chooseLanguage('en', { LANG: 'zh_CN.UTF-8' })).toBe('en');
    expect(chooseLanguage(undefined, { LC_ALL: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' })).toBe('zh');
    expect(chooseLanguage(undefined, { LC_ALL: '', LANG: 'zh_TW' })).toBe('zh');
    expect(chooseLanguage(undefined, {})).toBe('en');
  });

  it('both languages fill the same values', () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    for (const key of Object.keys(en) as MessageKey[]) expect(holes(zh[key]), key).toEqual(holes(en[key]));
    expect(translator('zh')('init.done', { dir: 'x' })).toBe('已创建 x');
  });

  it('are all used', () => {
    const text = sources('cli', /i18n|\.test\.ts$/);
    const built = /^(stage|unit|command)\./; // `stage.${status}` and so on
    const unused = Object.keys(en).filter((key) => !built.test(key) && !text.includes(`'${key}'`));
    expect(unused).toEqual([]);
  });
});

describe('texts of the lower floors', () => {
  const { text } = translator('zh');

  it('are found as a whole, after a path, inside each other and sentence by sentence', () => {
    expect(text("unknown key 'x: y'")).toBe('未知的键“x: y”');
    expect(text("stages[1]: unknown stage kind 'pretrian'")).toBe('stages[1]：未知的阶段种类“pretrian”');
    expect(text('cannot read a.txt: no such file or directory')).toBe('无法读取 a.txt：没有这个文件或目录');
    expect(text("Did you mean 'run'? Known: init, run.")).toBe('是不是想写“run”？可用：init, run。');
    expect(text("dataset 'model', which stage 'run' reads, does not exist")).toBe(
      '数据集“model”不存在，而阶段“run”要读取它',
    );
    expect(text("there is no dataset 'a' in /w")).toBe('/w 中没有数据集“a”');
    expect(text('Choose another --port. Nobody translated this.')).toBe(
      'Choose another --port. Nobody translated this.',
    );
    expect(translator('en').text('Give a file.')).toBe('Give a file.');
  });

  it('still stand in the sources', () => {
    const code = `${sources('', /i18n/)}\n${readFileSync(fileURLToPath(import.meta.resolve('commander/esm.mjs')), 'utf8')}`;
    // Zod, yaml and commander word these themselves; the last ones are put together from parts.
    const foreign =
      /^(Too (small|big)|Invalid (input|option)|Tabs are|Map keys|missing required|required option|unknown option|option '|too many|Allowed choices|recipe not found|cannot (read|write|lock)|Run the same command again)/;
    const parts = Object.keys(zhTexts).filter((english) => english.length > 9 && !foreign.test(english));
    const gone = parts.filter((english) =>
      english.split(/\{#?\}/).some((part) => part.length > 9 && !code.includes(part)),
    );
    expect(gone).toEqual([]);
  });

  it('fill no more than they have', () => {
    const holes = (value: string) => value.match(/\{[\d#]*\}/g)?.length ?? 0;
    for (const [english, chinese] of Object.entries(zhTexts)) expect(holes(chinese), english).toBe(holes(english));
  });
});
