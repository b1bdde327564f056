import { describe, expect, it } from 'vitest';
import { en, type MessageKey } from './en.ts';
import { chooseLanguage, translator } from './index.ts';
import { zh } from './zh.ts';

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
});
