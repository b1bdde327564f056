/** Simplified or Traditional: counts characters that only one of the two uses. */
import { simplifiedOnly, traditionalOnly } from './han-variants.gen.ts';

/** 1: simplified only, 2: traditional only. All of them lie in the basic plane. */
const kind = new Uint8Array(0x10000);
for (const character of simplifiedOnly) kind[character.charCodeAt(0)] = 1;
for (const character of traditionalOnly) kind[character.charCodeAt(0)] = 2;

export interface ChineseScript {
  readonly simplified: number;
  readonly traditional: number;
}

export function countChinese(text: string): ChineseScript {
  let simplified = 0;
  let traditional = 0;
  for (let at = 0; at < text.length; at++) {
    const of = kind[text.charCodeAt(at)]!;
    if (of === 1) simplified++;
    else if (of === 2) traditional++;
  }
  return { simplified, traditional };
}

/** `zh-Hans` or `zh-Hant`; `zh` where no character tells, as in many short texts. */
export function chineseScript(text: string): 'zh' | 'zh-Hans' | 'zh-Hant' {
  const { simplified, traditional } = countChinese(text);
  if (simplified === traditional) return 'zh';
  return simplified > traditional ? 'zh-Hans' : 'zh-Hant';
}
