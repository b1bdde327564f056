/**
 * IP addresses: dotted quads (0–255, no leading zeros, not part of a longer dotted number, not behind "version", no
 * loopback, no netmask) and IPv6 of RFC 4291 (global, unique local, link-local, multicast). Private ones by option.
 */
import { nearestCue } from '../cues.ts';
import type { Detector } from '../detector.ts';
import { isAfterEscape, isDigit, isLetter, isWord } from '../text-view.ts';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d{2}|[1-9]?\\d)';
const QUAD = new RegExp(`${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}(?!\\d|\\.\\d|[A-Za-z_])`, 'y');
const CUES =
  /(\bips?\b|ipv4|host|addr|地址|server|服务器|ping|dns|gateway|网关|subnet|client|remote|from|登录|来自|访问)|versions?\b|\bver\b|\bv$|版本|release|section|章|节|build|firmware|固件|assembly|driver/gi;

function isPrivate(ip: string): boolean {
  const [a, b] = ip.split('.').map(Number) as [number, number];
  return a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31) || (a === 169 && b === 254);
}

function isQuad(text: string, start: number, ip: string, scope: 'public' | 'all'): boolean {
  const before = text.charCodeAt(start - 1);
  if (
    (isWord(before) && !isAfterEscape(text, start)) ||
    before === 46 ||
    (before === 45 && isWord(text.charCodeAt(start - 2)))
  )
    return false;
  const first = Number(ip.slice(0, ip.indexOf('.')));
  if (first === 0 || first === 127 || first === 255 || (scope === 'public' && isPrivate(ip))) return false;
  const cue = nearestCue(text, start, 24, CUES);
  if (cue === 'against') return false;
  // "1.2.3.4" alone is a section or a version.
  return cue === 'for' || !/^\d\.\d\.\d\.\d$/.test(ip);
}

/** End of an IPv6 address from `start`, or -1. */
function ipv6End(text: string, start: number, scope: 'public' | 'all'): number {
  let end = start;
  while (end < text.length && end - start < 46) {
    const code = text.charCodeAt(end);
    const lower = code | 32;
    if (!isDigit(code) && !(lower >= 97 && lower <= 102) && code !== 58 && code !== 46) break;
    end++;
  }
  while (end > start && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':'))) end--;
  if (isWord(text.charCodeAt(end))) return -1;
  return isIpv6(text.slice(start, end), scope) ? end : -1;
}

function isIpv6(address: string, scope: 'public' | 'all'): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const parts = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  let groups = parts.length;
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) continue;
    QUAD.lastIndex = 0;
    if (i !== parts.length - 1 || QUAD.exec(part)?.[0] !== part) return false;
    groups++;
  }
  if (halves.length === 1 ? groups !== 8 : groups > 7 || groups < 2) return false;
  const first = parts[0]!.toLowerCase();
  if (address.startsWith('::')) return first === 'ffff' && parts.length === 2;
  if (/^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])$/.test(first)) return scope === 'all';
  // All eight groups written out leave little doubt, whatever they begin with.
  if (halves.length === 1 && parts.filter((part) => part.length > 2).length >= 6)
    return /[a-f].*\d|\d.*[a-f]/i.test(address);
  return /^(?:[23][0-9a-f]{3}|ff[0-9a-f]{2}|64)$/.test(first) && /\d/.test(address);
}

export const ip: Detector = {
  type: 'ip',
  find({ text, digits, colons }, found, { ipScope }) {
    let last = 0;
    for (let i = 0; i < digits.starts.length; i++) {
      const start = digits.starts[i]!;
      if (start < last || digits.ends[i]! - start > 3 || text.charCodeAt(digits.ends[i]!) !== 46) continue;
      QUAD.lastIndex = start;
      const match = QUAD.exec(text);
      if (!match || !isQuad(text, start, match[0], ipScope)) continue;
      last = start + match[0].length;
      found(start, last);
    }
    last = 0;
    for (const colon of colons) {
      if (colon < last || text[colon] !== ':') continue;
      let start = colon;
      while (start > 0 && colon - start < 4 && isWord(text.charCodeAt(start - 1))) start--;
      const before = text.charCodeAt(start - 1);
      if (before === 58 || isLetter(before) || isDigit(before)) continue;
      const end = ipv6End(text, start, ipScope);
      if (end < 0) continue;
      found(start, end);
      last = end;
    }
  },
};
