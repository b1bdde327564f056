/**
 * Keys, tokens and passwords: forms with a known beginning (secret-forms.ts), private keys in PEM, and what is assigned
 * to a name such as `api_key` or 密码. Assigned keys must look random (Shannon entropy, as detect-secrets and gitleaks do
 * it); assigned passwords need a digit or a sign; placeholders, variables and calls are not values.
 */
import type { Detector } from '../detector.ts';
import { isDigit, isHan, isLetter, type TextView } from '../text-view.ts';
import { secretForms } from './secret-forms.ts';

type Found = (start: number, end: number) => void;

interface Form {
  readonly beginning: string;
  readonly rest: RegExp;
}

/** By the first two characters of the beginning; by one where that is all. */
const forms = new Map<string, Form[]>();
for (const [beginnings, rest] of secretForms) {
  for (const beginning of beginnings.split(' ')) {
    const key = beginning.slice(0, 2);
    forms.set(key, [...(forms.get(key) ?? []), { beginning, rest: new RegExp(rest, 'y') }]);
  }
}

const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----/y;
const PEM_LIMIT = 20_000;

export const secret: Detector = {
  type: 'secret',
  find(view, found) {
    findForms(view, found);
    findPem(view.text, found);
    findAssigned(view, found);
    findSpoken(view.text, found);
  },
};

function findForms({ text, tokens }: TextView, found: Found): void {
  for (let i = 0; i < tokens.length; i += 2) {
    const [start, end] = [tokens[i]!, tokens[i + 1]!];
    for (let at = start; at < end; ) {
      const stop = formAt(text, at);
      if (stop > at) {
        found(at, stop);
        at = stop;
      }
      // On to what follows a sign.
      while (at < end && isAlphanumeric(text.charCodeAt(at))) at++;
      while (at < end && !isAlphanumeric(text.charCodeAt(at))) at++;
    }
    // Telegram's bot tokens hold a colon, where tokens end here.
    if (text[start - 1] !== ':' || !/^AA[A-Za-z0-9_-]{33}$/.test(text.slice(start, end))) continue;
    const id = /(?<!\d)\d{8,10}$/.exec(text.slice(Math.max(0, start - 12), start - 1));
    if (id) found(start - 1 - id[0].length, end);
  }
}

function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** End of a key of a known form that begins at `at`, or -1. */
function formAt(text: string, at: number): number {
  for (const key of [text.slice(at, at + 2), text[at]!]) {
    for (const { beginning, rest } of forms.get(key) ?? []) {
      if (!text.startsWith(beginning, at)) continue;
      rest.lastIndex = at + beginning.length;
      const match = rest.exec(text)?.[0].replace(/[.=]+$/, '');
      // Behind a beginning of few letters, what is random holds digits or letters of both cases.
      if (match !== undefined && (beginning.length > 3 || /\d|[a-z].*[A-Z]|[A-Z].*[a-z]/.test(match)))
        return at + beginning.length + match.length;
    }
  }
  return -1;
}

function findPem(text: string, found: Found): void {
  for (let at = text.indexOf('-----BEGIN '), end = 0; at >= 0; at = text.indexOf('-----BEGIN ', end)) {
    end = at + 11;
    if (!/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(text.slice(at, at + 80))) continue;
    const block = text.slice(at, at + PEM_LIMIT);
    const close = block.indexOf('-----END ');
    PEM_END.lastIndex = at + close;
    // A key that is cut off is still a key.
    if (close > 0 && PEM_END.test(text)) end = PEM_END.lastIndex;
    else end = at + /^[A-Za-z0-9+/=\s\\:,-]*/.exec(block)![0].trimEnd().length;
    found(at, end);
  }
}

const PASSWORD_KEY =
  /(?:pass(?:word|wd|phrase|code)?|pwd|passwort|contraseña|密码|密碼|口令|暗号)["'`\]）)]{0,3}\s{0,4}$/i;
const TOKEN_KEY =
  /(?:secret|token|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|account[_-]?key|auth[_-]?key|license[_-]?key|app[_-]?key|authorization|credentials?|密钥|秘钥|令牌|api key|access key|secret key)["'`\]）)]{0,3}\s{0,4}$/i;
/** Last characters of all those words, so that most colons cost one look. */
const KEY_ENDS = new Set('dDeEtTnNyYsSaAⅠ码碼令号钥牌'.split(''));
const QUOTES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '`': '`', '“': '”', '「': '」', '‘': '’' };

function findAssigned({ text, colons }: TextView, found: Found): void {
  for (const mark of colons) {
    let end = mark;
    while (end > 0 && mark - end < 8 && (/[\s"'`\])）:=]/.test(text[end - 1]!) || text[end - 1] === '>')) end--;
    if (end === 0 || !KEY_ENDS.has(text[end - 1]!)) continue;
    const key = text.slice(Math.max(0, end - 40), end);
    const password = PASSWORD_KEY.test(key);
    if (!password && !TOKEN_KEY.test(key)) continue;
    const [start, stop, quoted] = valueAfter(text, mark + 1);
    const value = text.slice(start, stop);
    if (password ? isPassword(value, quoted) : isRandom(value)) found(start, stop);
  }
}

/** Where the assigned value stands, and whether it is quoted. */
function valueAfter(text: string, from: number): [number, number, boolean] {
  const lead = /^(?:[=>:：]{0,2}\s{0,4}(?:(?:Bearer|Basic|Token)\s{1,3})?)/i.exec(text.slice(from, from + 24))![0];
  const start = from + lead.length;
  const close = QUOTES[text[start] ?? ''];
  const rest = text.slice(start, start + 300);
  if (close === undefined) return [start, start + /^[^\s"'`,;，。；、！？）)】》<>|]*/.exec(rest)![0].length, false];
  const end = rest.indexOf(close, 1);
  const line = rest.search(/[\r\n]/);
  if (end < 0 || (line >= 0 && line < end)) return [start, start, true];
  const inner = rest.slice(1, end);
  const bearer = /^(?:Bearer|Basic|Token)\s+/i.exec(inner)?.[0].length ?? 0;
  return [start + 1 + bearer, start + end, true];
}

const PLACEHOLDER =
  /^(?:[x*.•·_-]+|<.*|\$.*|%.*%|\{.*|\[.*|your.*|my[-_ ].*|.*(?:example|changeme|change_me|placeholder|redacted|undefined|getenv|environ|process\.env|config\.|secrets\.|input\(|getpass).*|none|null|nil|true|false|test|todo|secret|pass(?:word|wd)?|pwd|token|string|str|required|optional|varchar.*|n\/a)$/i;
const EXAMPLE_KEY = /EXAMPLE(?:KEY)?$/;

function isPassword(value: string, quoted: boolean): boolean {
  if (value.length < 4 || value.length > 128 || PLACEHOLDER.test(value) || isHan(value.charCodeAt(0))) return false;
  if (/[一-鿿]/.test(value) || /^[\d.]{1,5}$/.test(value)) return false;
  const digit = /\d/.test(value);
  const sign = /[!@#$%^&*?~+]/.test(value);
  if (quoted) {
    if (/\s/.test(value)) return false;
    return digit || sign || (value.length >= 8 && /[a-z][A-Z]/.test(value));
  }
  // Unquoted, in code, names and calls look much the same.
  if (/[()[\]{}]|^[a-z_]+(?:\.[a-z_]+)+/i.test(value)) return false;
  return digit ? /[a-z]/i.test(value) || sign || value.length >= 6 : sign && /[a-z]/i.test(value) && value.length >= 6;
}

function isRandom(value: string): boolean {
  if (value.length < 16 || value.length > 512 || !/^[A-Za-z0-9_+/=.~:-]+$/.test(value)) return false;
  if (PLACEHOLDER.test(value) && !EXAMPLE_KEY.test(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || /^(?:https?|file|arn):|^[./~]/.test(value)) return false;
  // Words joined by signs are names.
  if (/^(?:[a-z]+\d{0,4}[-_./:])+[a-z]*\d{0,4}$/i.test(value.slice(0, 80))) return false;
  return entropy(value) >= (/^[0-9a-f-]+$/i.test(value) ? 2.7 : 3.3);
}

/** Shannon entropy in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

const SPOKEN =
  /(?:assword|asscode|assphrase) (?:is|was)(?: now| set to)? ["'“‘]?|(?:密码|口令)(?:(?:是|为|改成了?|设为)["“「]?| ?(?=[!#-&*+0-9<-Z^_a-z~]))/g;

/** "the password is hunter2", 密码是abc123. */
function findSpoken(text: string, found: Found): void {
  if (!text.includes('assword') && !text.includes('密码') && !text.includes('口令') && !text.includes('asscode'))
    return;
  for (const match of text.matchAll(SPOKEN)) {
    const start = match.index + match[0].length;
    const word = /^[^\s"'`,;，。；、！？”’」）)\u4e00-\u9fff]*/
      .exec(text.slice(start, start + 130))![0]
      .replace(/[.!?]+$/, '');
    if (/\d|[!@#$%^&*].*[a-z]|[a-z].*[!@#$%^&*]/i.test(word) && isPassword(word, false))
      found(start, start + word.length);
  }
}
