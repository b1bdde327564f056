/**
 * Accounts of messengers, behind the service's name: QQ numbers, WeChat ids (a letter, then 5–19 of `[A-Za-z0-9_-]`, or
 * a phone number), and with "id", "handle" or a colon Skype, LINE, Telegram, KakaoTalk.
 */
import type { Detector } from '../detector.ts';

const QQ = /(?:QQ|扣扣|企鹅号)(?:群)?(?:号码?)?\s?(?:是|为|is)?[:：]?\s?([1-9]\d{4,10})(?!\d|\.\d|[A-Za-z@_])/gi;
const WECHAT =
  /(?:微信|薇信|威信|加[vV微]|\bwechat|\bweixin|\b[vw]x(?=[:：号]))(?:(?:号|[ ]?id)\s?(?:是|为|is)?\s?[:：]?|\s?(?:是|is)|[:：])?\s?([A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9_@.-])/gi;
const SERVICE =
  /\b(?:skype|line|telegram|kakao(?:talk)?|snapchat|discord)(?: ?(?:id|name|handle|user(?:name)?|account))?(?: is)?\s?$/i;
const ACCOUNT = /\s?((?:live:)?@?[A-Za-z][A-Za-z0-9_.#-]{3,31})/y;

export const imAccount: Detector = {
  type: 'im-account',
  find({ text, colons, ats }, found) {
    if (text.includes('QQ') || text.includes('qq') || text.includes('扣扣') || text.includes('企鹅')) {
      each(text, QQ, () => true, found);
    }
    // Without a colon, only a word that is no plain word.
    if (speaksOfWechat(text, colons)) {
      each(text, WECHAT, (id, lead) => /[\d_-]/.test(id) || /[:：]\s?$/.test(lead), found);
    }
    for (const place of [...colons, ...ats]) {
      const lead = text.slice(Math.max(0, place - 30), place);
      if (!SERVICE.test(lead)) continue;
      ACCOUNT.lastIndex = text[place] === '@' ? place : place + 1;
      const id = ACCOUNT.exec(text)?.[1]?.replace(/[.-]+$/, '');
      if (id === undefined || !/[\d_.#@]/.test(id)) continue;
      found(ACCOUNT.lastIndex - id.length, ACCOUNT.lastIndex);
    }
  },
};

function speaksOfWechat(text: string, colons: readonly number[]): boolean {
  if (
    /[\u4e00-\u9fff]/.test(text) &&
    ['微信', '薇信', '威信', '加v', '加V', 'x号', 'X号'].some((w) => text.includes(w))
  )
    return true;
  return /wechat|weixin/i.test(text) || colons.some((colon) => (text.charCodeAt(colon - 1) | 32) === 120);
}

function each(
  text: string,
  pattern: RegExp,
  accept: (id: string, lead: string) => boolean,
  found: (start: number, end: number) => void,
): void {
  for (const match of text.matchAll(pattern)) {
    const id = match[1]!;
    const end = match.index + match[0].length;
    if (accept(id, match[0].slice(0, -id.length))) found(end - id.length, end);
  }
}
