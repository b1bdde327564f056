/**
 * Phone numbers: Chinese mobile and landline numbers, the North American plan, E.164 numbers with `+` or `00`, and any
 * number of 7–15 digits right behind a word such as "Tel:" or 电话. National lengths from ITU-T E.164 assignments.
 * Not found: numbers behind "order", 编号 and the like, parts of longer numbers, dates, prices.
 */
import { cueBefore, nearestCue, THING_NUMBER } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isAfterEscape, isDigit, isLetter, isSeparator } from '../text-view.ts';

const PHONE_WORDS =
  'tele(?:phone|fax)|tel|phones?|mobile|cell|fax|whatsapp|call|calls|called|calling|dial|dialed|texts?|texted|sms|ring|reach|contact|messages?|registered|desk|hotline|helpline|number is|电话|電話|手机|手機|座机|传真|热线|联系方式|联系|聯絡|拨打|致电|来电|号码|短信|微信同号|Tél|téléphone|Telefon|teléfono';
const CUES = new RegExp(
  `(?<![a-z])(${PHONE_WORDS})(?![a-z])|${THING_NUMBER}|账号|账户|卡号|身份证|QQ|\\bid\\b|\\bno\\.|[¥￥$€£]`,
  'gi',
);
/** The word stands right before the number. */
const DIRECT =
  /(?<![a-z])(?:tele(?:phone|fax)|tel|phone|mobile|cell|fax|whatsapp|call|dial|text|sms|ring|hotline|helpline|desk|电话|電話|手机|手機|座机|传真|热线|联系方式|拨打|致电|手机号码?|电话号码?|联系电话|Tél|téléphone|Telefon|teléfono)(?:[ ]?(?:number|no\.?|号码?|#|us|me|him|her|them|at|on|is|是|为)){0,4}[ ]?[:：.]?[ ]?[+(（]?$/i;

const MOBILE =
  /[(（]?(?:(?:\+|00)?86[)）]?[-. ]{0,2})?1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9\d)(?:[-. ]?\d{4}[-. ]?\d{4}|[-. ]\d{3}[-. ]\d{5}|\d[-. ]\d{3}[-. ]\d{4}|\d{2}[-. ]\d{6})(?!\d|\.\d)/y;
const LANDLINE =
  /(?:[(（]0(?:10|2\d|[3-9]\d{2})[)）][- ]?|0(?:10|2\d|[3-9]\d{2})(?:-| - ?| (?=\d{7,8}(?!\d)|\d{4} \d{4}(?!\d))))(?:\d{3,4}[- ]?\d{4})(?:(?:-|转| ?ext\.? ?|分机)\d{1,6})?(?!\d|-\d)/y;
const BARE_LANDLINE = /0(?:10\d{8}|2\d{9}|[3-9]\d{9,10})(?!\d|\.\d)/y;
const SERVICE = /[48]00-(?:\d{3}-\d{4}|\d{4}-\d{3}|\d{7})(?!\d|-\d)/y;
const NANP =
  /(?:(?:\+|00)?1[-. ]?)?(?:[(（][2-9]\d{2}[)）][-. ]?|[2-9]\d{2}([-. ]))[2-9]\d{2}([-. ])\d{4}(?:,? ?(?:x|ext\.?|extension) ?\d{1,6})?(?!\d|[-.]\d)/iy;
const TEN_DIGITS = /1?[2-9]\d{2}[2-9]\d{6}(?!\d|[-.]\d)/y;

/** How many digits a national number has at most, by country code; others are taken by E.164's limit of 15 in all. */
const NATIONAL: Readonly<Record<string, number>> = {
  ...{ 1: 10, 7: 10, 20: 10, 27: 9, 30: 10, 31: 9, 32: 9, 33: 9, 34: 9, 36: 9, 39: 11, 40: 9, 41: 9, 43: 12, 44: 10 },
  ...{ 45: 8, 46: 10, 47: 8, 48: 9, 49: 11, 51: 9, 52: 10, 53: 8, 54: 11, 55: 11, 56: 9, 57: 10, 58: 10, 60: 10 },
  ...{ 61: 9, 62: 12, 63: 10, 64: 10, 65: 8, 66: 9, 81: 10, 82: 10, 84: 10, 86: 11, 90: 10, 91: 10, 92: 10, 93: 9 },
  ...{ 94: 9, 95: 10, 98: 10, 212: 9, 213: 9, 216: 8, 218: 9, 233: 9, 234: 10, 254: 9, 255: 9, 256: 9, 351: 9, 352: 9 },
  ...{ 353: 9, 354: 7, 355: 9, 356: 8, 357: 8, 358: 10, 359: 9, 370: 8, 371: 8, 372: 8, 380: 9, 381: 9, 385: 9 },
  ...{ 386: 8, 420: 9, 421: 9, 852: 8, 853: 8, 855: 9, 856: 10, 880: 10, 886: 9, 961: 8, 962: 9, 963: 9, 964: 10 },
  ...{ 965: 8, 966: 9, 968: 8, 971: 9, 972: 9, 973: 8, 974: 8, 976: 8, 977: 10, 992: 9, 994: 9, 995: 9, 998: 9 },
};

function matchAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Where a number begins that has its first digit at `digit`: before `+`, `(` or `(+`. */
function leadOf(text: string, digit: number): number {
  let start = digit;
  if (start > 0 && text.charCodeAt(start - 1) === 43) start--;
  const before = text[start - 1];
  return before === '(' || before === '（' ? start - 1 : start;
}

/** `no` inside another number, `doubtful` where only a word can tell. */
function beforeStart(text: string, start: number): 'yes' | 'doubtful' | 'no' {
  if (start === 0) return 'yes';
  const code = text.charCodeAt(start - 1);
  const previous = start > 1 ? text.charCodeAt(start - 2) : 0;
  if (isDigit(code)) return 'no';
  if ((code === 45 || code === 46) && isDigit(previous)) return 'no';
  if (code === 43 || '$¥￥€£#'.includes(text[start - 1]!)) return 'no';
  if (isAfterEscape(text, start)) return 'yes';
  if (isLetter(code) || code === 95) return 'doubtful';
  if ((code === 47 || code === 61 || code === 45) && (isLetter(previous) || previous === 47)) return 'doubtful';
  return 'yes';
}

function isStuckBehind(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  return isLetter(code) || code === 95 || code === 37;
}

/** End of groups of digits from `at`, as many as fit into `most` digits; -1 below `least`. */
function groups(text: string, at: number, least: number, most: number): number {
  let digits = 0;
  let end = -1;
  for (let i = at; i < text.length; ) {
    let stop = i;
    while (stop < text.length && stop - i <= 15 && isDigit(text.charCodeAt(stop))) stop++;
    if (stop === i || digits + stop - i > most) break;
    digits += stop - i;
    end = stop;
    i = stop;
    let separators = 0;
    while (separators < 3 && isSeparator(text.charCodeAt(i)) && text[i] !== '/') {
      separators++;
      i++;
    }
    if (separators === 0 || separators === 3) break;
  }
  if (digits < least || isDigit(text.charCodeAt(end))) return -1;
  return end;
}

const TRUNK_ZERO = /[-. ]?\(0\)[-. ]?/y;

/** End of an international number whose country code begins at `at`. */
function international(text: string, at: number): number {
  for (let length = 1; length <= 3; length++) {
    const country = text.slice(at, at + length);
    if (!/^[1-9]\d*$/.test(country)) return -1;
    const known = NATIONAL[country];
    if (known === undefined && length < 3) continue;
    let next = at + length;
    const trunk = matchAt(TRUNK_ZERO, text, next);
    if (trunk > 0) next = trunk;
    else while (next < at + length + 2 && isSeparator(text.charCodeAt(next))) next++;
    // A trunk 0 may be written out and is not counted by the plan.
    const most = (known ?? 15 - length) + (text[next] === '0' ? 1 : 0);
    return groups(text, next, Math.min(7, most), most);
  }
  return -1;
}

const DATE = /^(?:19|20)\d{2}[-/. ][01]?\d[-/. ][0-3]?\d(?!\d)/;

function endOf(text: string, start: number, digit: number): number {
  const state = beforeStart(text, start);
  if (state === 'no') return -1;
  const plus = digit > 0 && text.charCodeAt(digit - 1) === 43;
  const fine = (end: number, sure: boolean): boolean => {
    if (end < 0) return false;
    const cue = nearestCue(text, start, 28, CUES);
    if (isStuckBehind(text, end) || state === 'doubtful') return cue === 'for' && !/[a-z0-9]/i.test(text[end] ?? '');
    return sure ? cue !== 'against' || plus : cue === 'for';
  };
  let end = matchAt(MOBILE, text, start);
  if (fine(end, true)) return end;
  NANP.lastIndex = start;
  const nanp = NANP.exec(text);
  // Three groups set apart by spaces only are also cells of a table.
  if (nanp && fine(start + nanp[0].length, nanp[1] !== ' ' || nanp[2] !== ' ')) return start + nanp[0].length;
  if (plus) {
    end = international(text, digit);
    if (end > 0 && !isStuckBehind(text, end)) return end;
    return -1;
  }
  if (text.startsWith('00', digit)) {
    end = international(text, digit + 2);
    if (end > 0 && fine(end, /[ -]/.test(text.slice(digit, end)))) return end;
  }
  end = matchAt(LANDLINE, text, start);
  if (fine(end, true)) return end;
  end = matchAt(SERVICE, text, start);
  if (fine(end, true)) return end;
  for (const pattern of [BARE_LANDLINE, TEN_DIGITS]) {
    end = matchAt(pattern, text, digit);
    if (fine(end, false)) return end;
  }
  if (state !== 'yes' || !cueBefore(text, digit, 40, DIRECT) || DATE.test(text.slice(digit, digit + 12))) return -1;
  end = groups(text, digit, 7, 13);
  return end > 0 && !isStuckBehind(text, end) && /\d{3}/.test(text.slice(digit, end)) ? end : -1;
}

export const phone: Detector = {
  type: 'phone',
  find({ text, digits }, found) {
    let last = 0;
    for (let i = 0; i < digits.starts.length; i++) {
      const digit = digits.starts[i]!;
      if (digits.ahead[i]! < 7 || digit < last || digits.ends[i]! - digit > 17) continue;
      let start = leadOf(text, digit);
      // A bracket that closes behind the number, not within it, is not its own.
      if (text[start] === '(' || text[start] === '（') {
        const end = endOf(text, start, digit);
        if (end > 0 && /[)）]/.test(text.slice(start, end))) {
          found(start, end);
          last = end;
          continue;
        }
        start++;
      }
      const end = endOf(text, start, digit);
      if (end < 0) continue;
      found(start, end);
      last = end;
    }
  },
};
