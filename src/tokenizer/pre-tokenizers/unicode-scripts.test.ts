import { expect, it } from 'vitest';
import { checkedCut } from '../testing/check-pre-tokenizer.ts';

it('cuts where the script changes; kana go with Han, spaces with what is before them', () => {
  const cut = checkedCut({ type: 'UnicodeScripts' });
  expect(cut('どこで生れ。Yes')).toEqual(['どこで生れ', '。', 'Yes']);
  expect(cut(' Apples are りんご 林檎 タワー')).toEqual(['Apples are ', 'りんご 林檎 タワー']);
  expect(cut('  ')).toEqual([]);
});
