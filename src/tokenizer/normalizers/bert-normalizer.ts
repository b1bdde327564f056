/**
 * BertNormalizer: the basic cleaning of the original BERT: control characters, spaces around Chinese characters, accents,
 * small letters. `strip_accents` null follows `lowercase`.
 */
import {
  chineseClass,
  isBertControl,
  isChineseCharacter,
  isNonspacingMark,
  isWhitespace,
  whitespaceClass,
} from '../characters/classes.ts';
import { classOf, lazy } from '../characters/ranges.ts';
import { controlRanges, nonspacingRanges } from '../characters/tables.gen.ts';
import { badFile, booleanAt, defineNormalizer } from '../hf/component.ts';
import { alignForm, toForm } from './forms.ts';
import { lowerCharacter, lowerText } from './lowercase.ts';

const controls = lazy(() => new RegExp(`[${classOf(controlRanges)}]+`, 'gu'));
const whitespace = new RegExp(`[${whitespaceClass}]`, 'g');
const chinese = new RegExp(`[${chineseClass}]`, 'u');
const accents = lazy(() => new RegExp(`[${classOf(nonspacingRanges)}]+`, 'gu'));

export const bertNormalizer = defineNormalizer({
  name: 'bert-normalizer',
  type: 'BertNormalizer',
  read(json, place) {
    const clean = booleanAt(json, 'clean_text', place, true);
    const handleChinese = booleanAt(json, 'handle_chinese_chars', place, true);
    const lower = booleanAt(json, 'lowercase', place, true);
    const stripAccents = json.strip_accents ?? null;
    if (stripAccents !== null && typeof stripAccents !== 'boolean')
      throw badFile(`${place}.strip_accents`, 'expected true, false or null', stripAccents);
    const strip = stripAccents ?? lower;
    return {
      normalize(text) {
        let out = text;
        if (clean) out = out.replace(controls(), '').replace(whitespace, ' ');
        if (handleChinese) out = spaceChinese(out);
        if (strip) out = toForm(out, 'NFD').replace(accents(), '');
        return lower ? lowerText(out) : out;
      },
      align(text) {
        let out = text;
        if (clean) out = out.mapCharacters(cleaned);
        if (handleChinese)
          out = out.mapCharacters((code) => (isChineseCharacter(code) ? ` ${String.fromCodePoint(code)} ` : undefined));
        if (strip) out = alignForm(out, 'NFD').mapCharacters((code) => (isNonspacingMark(code) ? '' : undefined));
        return lower ? out.mapCharacters(lowerCharacter) : out;
      },
      toJSON: () => ({
        type: 'BertNormalizer',
        clean_text: clean,
        handle_chinese_chars: handleChinese,
        strip_accents: stripAccents,
        lowercase: lower,
      }),
    };
  },
});

/** Most of a Chinese text is replaced: a loop is faster than an expression then. */
function spaceChinese(text: string): string {
  if (!chinese.test(text)) return text;
  let out = '';
  let done = 0;
  for (let i = 0; i < text.length; ) {
    const codePoint = text.codePointAt(i)!;
    const next = i + (codePoint > 0xffff ? 2 : 1);
    if (isChineseCharacter(codePoint)) {
      if (done < i) out += text.slice(done, i);
      out += ` ${text.slice(i, next)} `;
      done = next;
    }
    i = next;
  }
  return out + text.slice(done);
}

function cleaned(codePoint: number): string | undefined {
  if (isBertControl(codePoint)) return '';
  return codePoint !== 0x20 && isWhitespace(codePoint) ? ' ' : undefined;
}
