/** What a detector of personal data is, and the names of all kinds of it. Knows no detector and no action. */
import type { TextView } from './text-view.ts';

/** Kinds of personal data, the most trusted first: where two findings of equal length overlap, the earlier one wins. */
export const piiTypes = [
  'secret',
  'url-credentials',
  'email',
  'cn-id',
  'cn-credit-code',
  'iban',
  'bank-card',
  'us-ssn',
  'passport',
  'phone',
  'mac',
  'ip',
  'cn-plate',
  'im-account',
  'address',
  'handle',
  'person-name',
] as const;
export type PiiType = (typeof piiTypes)[number];

/** A finding: UTF-16 offsets into the text. */
export interface PiiSpan {
  readonly type: PiiType;
  readonly start: number;
  readonly end: number;
}

export interface DetectorOptions {
  /** Also "name [at] host [dot] com". */
  readonly obfuscatedEmail: boolean;
  /** `public` leaves 10.x, 192.168.x and the like alone. Loopback and netmasks are never found. */
  readonly ipScope: 'public' | 'all';
}

export interface Detector {
  readonly type: PiiType;
  /** Calls `found` with offsets into `view.text`. Time is linear in the text, whatever stands in it. */
  readonly find: (view: TextView, found: (start: number, end: number) => void, options: DetectorOptions) => void;
}
