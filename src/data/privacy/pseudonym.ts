/**
 * Names for values that are taken out: the same value always gets the same one (HMAC-SHA256 under a key), and nobody
 * without the key can tell which. `tagged` names say what they stand for; `realistic` ones keep the form of the value in
 * ranges that belong to nobody: example.com (RFC 2606), 555-01xx numbers, documentation addresses (RFC 5737, 3849),
 * provinces, cards and check digits that do not exist.
 */
import { createHmac } from 'node:crypto';
import type { PiiType } from './detector.ts';

export interface Pseudonyms {
  readonly tagged: (type: PiiType, value: string) => string;
  readonly realistic: (type: PiiType, value: string) => string;
}

export function createPseudonyms(key: string): Pseudonyms {
  const digest = (type: PiiType, value: string, round = 0): Buffer =>
    createHmac('sha256', key)
      .update(`${type}\0${canonical(type, value)}\0${round}`)
      .digest();
  const tagged = (type: PiiType, value: string): string =>
    `<${typeTag(type)}_${digest(type, value).toString('hex', 0, 6)}>`;
  return {
    tagged,
    realistic: (type, value) => {
      const make = forms[type];
      return make ? make(value, new Stream((round) => digest(type, value, round))) : tagged(type, value);
    },
  };
}

/** Tells keys apart without telling them: no pseudonym is made of this message. */
export function keyFingerprint(key: string): string {
  return createHmac('sha256', key).update('athanor: fingerprint of a key').digest('hex').slice(0, 16);
}

export function typeTag(type: PiiType): string {
  return type.toUpperCase().replaceAll('-', '_');
}

/** One spelling for all spellings of a value. */
function canonical(type: PiiType, value: string): string {
  const plain = value.normalize('NFKC').replace(/\p{Cf}|\u20e3|[\ufe0e\ufe0f]/gu, '');
  switch (type) {
    case 'email':
      return plain
        .toLowerCase()
        .replace(/\s*[[({<【]\s*(?:at|艾特|@)\s*[\])}>】]\s*|\s+at\s+|\s*@\s*/, '@')
        .replace(/\s*[[({<【]\s*(?:dot|\.|点)\s*[\])}>】]\s*|\s+dot\s+|\s*\.\s*/g, '.');
    case 'phone':
      // 1-381-234-5678 is North American, 13812345678 Chinese.
      return plain
        .replace(/^(?:\+|00)?1(?=[-. (])|^(?:\+|00)1(?=\d{10}$)/, '')
        .replace(/\D/g, '')
        .replace(/^(?:00)?86(?=1\d{10}$)/, '');
    case 'cn-id':
    case 'cn-credit-code':
    case 'iban':
    case 'bank-card':
    case 'us-ssn':
    case 'passport':
    case 'mac':
    case 'cn-plate':
      return plain.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
    case 'ip':
    case 'handle':
      return plain.toLowerCase();
    default:
      return plain;
  }
}

/** Numbers drawn from digests, as many as wanted. */
class Stream {
  private bytes: Buffer;
  private at = 0;
  private round = 0;
  private readonly more: (round: number) => Buffer;

  constructor(more: (round: number) => Buffer) {
    this.more = more;
    this.bytes = more(0);
  }

  /** 0 … n-1, for n up to some thousands. */
  below(n: number): number {
    if (this.at + 4 > this.bytes.length) {
      this.bytes = this.more(++this.round);
      this.at = 0;
    }
    const value = this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value % n;
  }

  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('');
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/** The value with its digits and letters exchanged for others of their kind; `fixed` says what the first ones become. */
function reshape(value: string, stream: Stream, fixed = ''): string {
  let at = 0;
  return value.normalize('NFKC').replace(/[0-9A-Za-z]/g, (character) => {
    const set = fixed[at++];
    if (set !== undefined) return set;
    if (/\d/.test(character)) return stream.text(1, DIGITS);
    const letter = stream.text(1, LOWER);
    return /[A-Z]/.test(character) ? letter.toUpperCase() : letter;
  });
}

function fakePhone(value: string, stream: Stream): string {
  const plain = value.normalize('NFKC');
  const digits = plain.replace(/\D/g, '');
  const country = /^(?:00)?86(?=1\d{10}$)/.exec(digits)?.[0] ?? '';
  // No Chinese mobile number begins with 12, no North American exchange is 555-01xx, no national number begins with 00.
  if (/^1\d{10}$/.test(digits.slice(country.length)) && !/^\+?1\b|^\+?1[-. (]/.test(plain))
    return reshape(plain, stream, `${country}12`);
  const north = /^1?(?=[2-9]\d{9}$)/.exec(digits)?.[0];
  if (north !== undefined && (!plain.startsWith('+') || north === '1'))
    return reshape(plain, stream, `${north}${2 + stream.below(8)}${stream.text(2, DIGITS)}55501`);
  return reshape(plain, stream, plain.startsWith('+') ? `${digits.slice(0, 2)}00` : '00');
}

function fakeIp(value: string, stream: Stream): string {
  if (!value.includes(':')) return `${stream.pick(['192.0.2', '198.51.100', '203.0.113'])}.${1 + stream.below(254)}`;
  return `2001:db8:${Array.from({ length: 3 }, () => stream.text(4, HEX)).join(':')}::${1 + stream.below(4095)}`;
}

const GIVEN_EN = 'Alex Robin Jamie Morgan Casey Taylor Jordan Quinn Avery Riley Rowan Skyler Emery Parker Reese'.split(
  ' ',
);
const FAMILY_EN = 'Ashgrove Bellmoor Cresswick Dunhollow Eastvale Fernleigh Graymere Harrowby Inglemoor Kestrel'.split(
  ' ',
);
const FAMILY_ZH = '甲乙丙丁戊己庚辛壬癸';
const GIVEN_ZH = '某一 某二 某三 某四 某五 某六 某七 某八 某九 某十'.split(' ');

const forms: Partial<Record<PiiType, (value: string, stream: Stream) => string>> = {
  email: (_, stream) => `user${stream.text(8, LOWER + DIGITS)}@example.com`,
  phone: fakePhone,
  ip: fakeIp,
  // The second lowest bit marks addresses that no maker gave out (IEEE 802).
  mac: (value, stream) => {
    const body = `02${stream.text(10, HEX)}`;
    let at = 0;
    return value.normalize('NFKC').replace(/[0-9a-fA-F]/g, () => body[at++] ?? '0');
  },
  'cn-id': (value, stream) => reshape(value.replace(/[Xx]$/, '0'), stream, '99'),
  'cn-credit-code': (value, stream) => reshape(value, stream, '00'),
  iban: (value, stream) => reshape(value, stream, `${value.slice(0, 2)}00`),
  'bank-card': (value, stream) => reshape(value, stream, '00'),
  'us-ssn': (value, stream) => reshape(value, stream, '000'),
  passport: (value, stream) => reshape(value, stream, /^[A-Za-z]/.test(value) ? 'X0' : '000'),
  'cn-plate': (value, stream) => reshape(value, stream, 'O'),
  'im-account': (value, stream) =>
    /^\d+$/.test(value) ? reshape(value, stream, '0') : `user_${stream.text(8, LOWER)}`,
  handle: (_, stream) => `@user_${stream.text(8, LOWER)}`,
  'url-credentials': (_, stream) => `user_${stream.text(6, LOWER)}:${stream.text(12, LOWER)}`,
  'person-name': (value, stream) =>
    /\p{Script=Han}/u.test(value)
      ? `${stream.pick([...FAMILY_ZH])}${stream.pick(GIVEN_ZH)}`
      : value.includes(' ')
        ? `${stream.pick(GIVEN_EN)} ${stream.pick(FAMILY_EN)}`
        : stream.pick(FAMILY_EN),
};
