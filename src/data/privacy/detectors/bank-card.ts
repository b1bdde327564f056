/**
 * Payment card numbers: issuer ranges and lengths of ISO/IEC 7812 (Visa, Mastercard, American Express, Discover, JCB,
 * Diners, UnionPay, Maestro, Mir), the Luhn check, and groups set apart by spaces or hyphens. Not behind words such as
 * "order" or 单号 unless a word such as "card" stands nearer; right behind such a word, any number that passes the check.
 */
import { luhnValid } from '../checksums.ts';
import { cueBefore, nearestCue, THING_NUMBER } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isAfterEscape, isDigit, isLetter } from '../text-view.ts';

const CUES = new RegExp(
  `(\\bcards?\\b|\\bcc\\b|visa|master ?card|amex|unionpay|debit|credit|卡号|银行卡|信用卡|储蓄卡|借记卡|银联|账号|账户|尾号)|${THING_NUMBER}|imei|tweet|\\bid\\b`,
  'gi',
);
const CARD = /\bcards?\b|\bcc\b|visa|master ?card|maestro|amex|卡号|银行卡|信用卡|储蓄卡|借记卡/i;
const GROUPED = /\d{4}([ -])(?:\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{6}\1\d{4,5})(?!\d|[-.]?\d)/y;
const PLAIN = /\d{12,19}(?!\d|\.\d|[A-Za-z_])/y;

/** Whether an issuer has numbers of this beginning and length. */
function isIssued(card: string): boolean {
  const { length } = card;
  const first2 = Number(card.slice(0, 2));
  const first3 = Number(card.slice(0, 3));
  const first4 = Number(card.slice(0, 4));
  const first6 = Number(card.slice(0, 6));
  if (card[0] === '4') return length === 13 || length === 16 || length === 19;
  if ((first2 >= 51 && first2 <= 55) || (first6 >= 222100 && first6 <= 272099)) return length === 16;
  if (first2 === 34 || first2 === 37) return length === 15;
  if (first4 >= 3528 && first4 <= 3589) return length >= 16;
  if (first2 === 36 || first2 === 38 || first2 === 39 || (first3 >= 300 && first3 <= 305)) return length >= 14;
  if (first2 === 62 || first4 === 6011 || first2 === 65 || (first3 >= 644 && first3 <= 649)) return length >= 16;
  if (first4 >= 2200 && first4 <= 2204) return length >= 16;
  // Older Chinese debit cards, and Maestro.
  if (first4 === 9558 || first4 === 6013 || first4 === 6029) return length >= 16;
  return (first2 === 50 || (first2 >= 56 && first2 <= 69)) && length >= 16;
}

function endOf(text: string, start: number): number {
  const before = text.charCodeAt(start - 1);
  if ((before === 46 || before === 45 || before === 32) && isDigit(text.charCodeAt(start - 2))) return -1;
  if ((isLetter(before) && !isAfterEscape(text, start)) || before === 95 || before === 43) return -1;
  for (const pattern of [GROUPED, PLAIN]) {
    pattern.lastIndex = start;
    const match = pattern.exec(text);
    if (!match) continue;
    const card = match[0].replace(/[ -]/g, '');
    if (!luhnValid(card) || /^(\d)\1+$/.test(card)) continue;
    // Ranges that are no longer issued, and short ones, where the word says that it is a card.
    if (!isIssued(card) && !cueBefore(text, start, 32, CARD)) continue;
    const cue = nearestCue(text, start, 32, CUES);
    if (cue === 'against') continue;
    // Rarer lengths without a word are mostly other numbers.
    if (cue === undefined && pattern === PLAIN && (card.length === 13 || card.length === 14)) continue;
    return start + match[0].length;
  }
  return -1;
}

export const bankCard: Detector = {
  type: 'bank-card',
  find({ text, digits }, found) {
    let last = 0;
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]!;
      const run = digits.ends[i]! - start;
      if (digits.ahead[i]! < 12 || start < last || (run !== 4 && (run < 12 || run > 19))) continue;
      const end = endOf(text, start);
      if (end < 0) continue;
      found(start, end);
      last = end;
    }
  },
};
