/**
 * Postal addresses, by heuristics. Chinese: a house number (号, 弄, 室, 栋 …) behind a road, village or housing estate,
 * with a province, city or district before it or a word such as 地址; taken from the first administrative unit to the
 * room. US and British: number, capitalised name, street type, and unit, city, state and ZIP where they follow.
 */
import { cueBefore } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isAfterEscape, isDigit, isHan, isLetter, isWord } from '../text-view.ts';

type Found = (start: number, end: number) => void;

export const address: Detector = {
  type: 'address',
  find({ text, digits }, found) {
    let last = 0;
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]!;
      const end = digits.ends[i]!;
      if (start < last || end - start > 6) continue;
      const next = text.charCodeAt(end);
      let stop = -1;
      if (next > 0x2fff || next === 45) stop = chinese(text, start, end, last, found);
      else if (
        (!isWord(text.charCodeAt(start - 1)) || isAfterEscape(text, start)) &&
        (next === 32 || next === 45 || isLetter(next)) &&
        (next !== 32 || /[A-Z0-9dl]/.test(text[end + 1] ?? ''))
      )
        stop = western(text, start, found);
      if (stop < 0 && text.charCodeAt(start - 1) === 32 && 'xXAEP'.includes(text[start - 2] ?? ' '))
        stop = boxed(text, start, end, found);
      if (stop > 0) last = stop;
    }
  },
};

const HOUSE = /(?:[-之]\d{1,4})?(?:号院?|弄|巷|幢|栋|座|室|单元|组|队|社|号楼)/y;
const ROAD =
  /(?:路|街|大街|大道|道|巷|弄|里|胡同|村|庄|屯|组|小区|花园|苑|园|大厦|广场|公寓|街道|新村|社区|家属院|路口|[东南西北中]段|镇|乡|寨|湾|坊|条)[东南西北甲乙丙]?$/;
const UNIT =
  /北京|上海|天津|重庆|广州|深圳|香港|澳门|台北|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|杭州|南京|苏州|成都|武汉|西安|长沙|郑州|青岛|宁波|厦门|大连|沈阳|济南|合肥|福州|无锡|[一-鿿]{2,3}[省市区县州盟旗]/;
const LEAD =
  /^.*?(?:地址|住址|住在|居住于|居住在|家住|位于|坐落于|现住|户籍所?在?地?|寄往|寄到|寄至|送到|送至|搬到|搬至|搬去|迁至|设在|来到|前往|去了|去|到|至|在|于|是|为|的|了|从|和|与|由|住|给|把|请|往)(?=[一-鿿]{2})/;
const CUE = /地址|住址|住在|家住|现住|位于|坐落|寄|送|收货|收件|居住|户籍|搬/;
const TAIL =
  /(?: {0,2}(?:附?\d{1,5}|[A-Za-z]|[一二三四五六七八九十甲乙丙丁]{1,3})(?:[-－]\d{1,5}){0,3}(?:号楼|号院|号|栋|幢|座|单元|层|楼|室|房|户|区|门|院)|[,， ]{1,2}\d{1,5}(?:栋|幢|座|单元|层|楼|室|房)|[,， ]{0,2}[一-鿿]{2,10}(?:大厦|小区|花园|公寓|广场|中心|苑|园|城|家园|新村|大楼|写字楼)|[ -]?\d{3,4}(?=[，。、；,;\s]|$))/y;

function isAddressPart(code: number): boolean {
  return isHan(code) || isDigit(code) || code === 32 || code === 45 || (isLetter(code) && code < 91);
}

function chinese(text: string, digit: number, digitsEnd: number, floor: number, found: Found): number {
  HOUSE.lastIndex = digitsEnd;
  if (!HOUSE.test(text)) return -1;
  let end = HOUSE.lastIndex;
  let start = digit;
  while (start > floor && digit - start < 48 && isAddressPart(text.charCodeAt(start - 1))) start--;
  const left = text.slice(start, digit).trimEnd();
  if (!ROAD.test(left) || /第$/.test(left)) return -1;
  const inside = startInside(left);
  const cue = cueBefore(text, start + inside, 14, CUE);
  const named = UNIT.test(left.slice(inside));
  if (!named && !cue) return -1;
  // A road needs a name.
  if (left.length - inside < 3) return -1;
  for (let n = 0; n < 6; n++) {
    TAIL.lastIndex = end;
    if (!TAIL.test(text)) break;
    end = TAIL.lastIndex;
  }
  found(start + inside, end);
  return end;
}

/** Where the address begins in what stands before the house number. */
function startInside(left: string): number {
  let from = 0;
  for (let n = 0; n < 4; n++) {
    const lead = LEAD.exec(left.slice(from));
    // "于都县", "和平区": a lead that leaves no road is part of a name.
    if (!lead || left.length - from - lead[0].length < 3) break;
    const rest = left.slice(from + lead[0].length);
    if (UNIT.test(left.slice(from)) && !UNIT.test(rest)) break;
    from += lead[0].length;
  }
  const space = left.lastIndexOf(' ');
  if (space > from && !UNIT.test(left.slice(from, space))) from = space + 1;
  while (from < left.length && !isHan(left.charCodeAt(from))) from++;
  return from;
}

const TYPES =
  'Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Terrace|Ter|Circle|Cir|Parkway|Pkwy|Highway|Hwy|Square|Sq|Way|Trail|Trl|Crescent|Close|Gardens|Mews|Alley|Loop|Plaza';
const STREET = new RegExp(
  `\\d{1,6}(?:[A-Z]|-\\d{1,4})? (?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\\.? )?(?:[A-Z][a-z'’.-]{1,20}|[A-Z]|\\d{1,3}(?:st|nd|rd|th)|de|la)(?: (?:[A-Z][a-z'’.-]{1,20}|[A-Z])){0,3}? (?:${TYPES})(?![A-Za-z'’])\\.?(?: (?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)(?![A-Za-z]))?`,
  'y',
);
const UNIT_TAIL = /,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|#)\.? ?[A-Z0-9-]{1,6}(?![A-Za-z])/y;
const STATE =
  'A[KLRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]';
const CITY_TAIL = new RegExp(
  `(?:, ?|\\\\n|\\n| )(?:[A-Z][A-Za-z.'-]{1,20}(?: [A-Z][A-Za-z.'-]{1,20}){0,3},? )?(?:${STATE}|[A-Z][a-z]{3,9})[, ]{1,2}\\d{5}(?:-\\d{4})?(?!\\d)`,
  'y',
);
/** Whatever the street is called, where city, state and ZIP follow. */
const ANY_STREET = /\d{1,6}(?: (?!(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room)\b)[A-Z][a-z'’-]{0,20}\.?){1,4}/y;
const MILITARY =
  /(?:PSC \d{1,5},? Box \d{1,6}|Unit \d{1,6},? Box \d{1,6}|US[A-Z]{2,3} [A-Z][a-z]{1,20})(?:, |\n| )[ADF]PO,? A[AEP] $/;
const PO_BOX = /\bP\. ?O\. ?Box $|\bPO Box $|\bPost Office Box $/i;
const UK_TAIL =
  /, (?:[A-Z][A-Za-z]{2,20}(?: [A-Z][A-Za-z]{2,20})?,? )?[A-Z]{1,2}\d[A-Z0-9]? \d[A-Z]{2}(?![A-Za-z0-9])/y;

function western(text: string, start: number, found: Found): number {
  STREET.lastIndex = start;
  let end = STREET.test(text) ? STREET.lastIndex : -1;
  if (end < 0) {
    ANY_STREET.lastIndex = start;
    if (!ANY_STREET.test(text)) return -1;
    end = ANY_STREET.lastIndex;
    const whole = tailsOf(text, end);
    if (!/\d{5}(?:-\d{4})?$/.test(text.slice(Math.max(end, whole - 12), whole))) return -1;
    end = whole;
  } else end = tailsOf(text, end);
  // The point of "St." also ends a sentence.
  if (text[end - 1] === '.' && (end === text.length || /\s/.test(text[end]!))) end--;
  found(start, end);
  return end;
}

/** End of unit, city, state and code that follow a street. */
function tailsOf(text: string, street: number): number {
  let end = street;
  for (const tail of [UNIT_TAIL, CITY_TAIL, UK_TAIL]) {
    tail.lastIndex = end;
    if (tail.test(text)) end = tail.lastIndex;
  }
  return end;
}

/** Post boxes, and addresses of the armed forces, found from their last number. */
function boxed(text: string, start: number, end: number, found: Found): number {
  const before = text.slice(Math.max(0, start - 60), start);
  const match = (end - start === 5 ? MILITARY.exec(before) : null) ?? PO_BOX.exec(before);
  if (!match) return -1;
  const stop = tailsOf(text, end);
  found(start - match[0].length, stop);
  return stop;
}
