/**
 * Personal data and secrets: finds e-mail addresses, phone numbers, ids, cards, addresses, keys and so on, and masks,
 * removes, hashes or replaces them, or drops the document. All strings of a document are looked at, `meta` included.
 *
 * Origin: the PII formatter of datatrove (FineWeb masks e-mail and IP addresses; Penedo et al. 2024, §3.6), the recognizers
 * of Microsoft Presidio (patterns, context words, checksums), gitleaks and detect-secrets (known beginnings, entropy),
 * and the standards that each detector under `privacy/detectors/` names. Written anew.
 * Defaults: everything that can be told by its form is masked. Off: `person_name` and `handle`, which also find
 * characters of novels and decorators of code.
 * Cost: 40–300 MB/s of clean text a core, 5 MB/s of text that is nothing but short findings; linear in any text.
 */
import { z } from 'zod';
import { AthanorError } from '../../../core/index.ts';
import { type PiiType, piiTypes } from '../../privacy/detector.ts';
import { keyFingerprint } from '../../privacy/pseudonym.ts';
import { createRedactor, type PiiAction, piiActions } from '../../privacy/redact.ts';
import { defineStep } from '../../step.ts';

const OFF_BY_DEFAULT: readonly PiiType[] = ['person-name', 'handle'];

const what: Readonly<Record<PiiType, string>> = {
  secret: 'API keys, tokens, private keys, passwords',
  'url-credentials': 'User and password in a URL or connection string',
  email: 'E-mail addresses',
  'cn-id': 'Chinese resident ID numbers',
  'cn-credit-code': 'Chinese unified social credit codes',
  iban: 'IBANs',
  'bank-card': 'Payment card numbers',
  'us-ssn': 'US social security numbers',
  passport: 'Passport numbers behind a word that says so',
  phone: 'Phone numbers',
  mac: 'MAC addresses',
  ip: 'IP addresses',
  'cn-plate': 'Chinese licence plates',
  'im-account': 'QQ, WeChat and other messenger accounts',
  address: 'Postal addresses (heuristic)',
  handle: 'Handles such as @name (off unless named)',
  'person-name': 'Names of people (heuristic, off unless named)',
};

const action = z.enum(piiActions);
const keyOf = (type: PiiType): string => type.replaceAll('-', '_');

const types = z.strictObject(
  Object.fromEntries(piiTypes.map((type) => [keyOf(type), action.optional().describe(what[type])])),
);

const config = z.strictObject({
  action: action
    .default('mask')
    .describe(
      'What is done with findings: `mask` puts a tag in their place, `remove` nothing, `hash` a tag with a keyed hash, `pseudonym` a made-up value of the same form (the same one for the same value), `drop` drops the document, `keep` only counts, `off` does not look',
    ),
  types: types
    .prefault({})
    .describe('Actions of single types, where they differ: `{ email: pseudonym, cn_id: drop, person_name: mask }`'),
  mask: z
    .string()
    .default('<{TYPE}>')
    .describe('Tag of `mask`; `{TYPE}` becomes the type such as EMAIL, `{type}` the same in lower case'),
  fields: z
    .union([z.literal('all'), z.array(z.string()).min(1)])
    .default('all')
    .describe('Where to look: `all` (text, id, and every string in meta at any depth), or names of fields'),
  drop_from: z
    .int()
    .min(1)
    .default(1)
    .describe('Findings of types with `drop` from which a document is dropped; fewer are masked'),
  obfuscated_email: z.boolean().default(true).describe('Also find "name [at] host [dot] com"'),
  ip_scope: z
    .enum(['all', 'public'])
    .default('all')
    .describe('`public` leaves private addresses (10.x, 192.168.x, fe80::…) alone; loopback and netmasks always stay'),
  key_env: z
    .string()
    .optional()
    .describe(
      'Environment variable with the secret key of `hash` and `pseudonym`; the manifest holds a fingerprint of the key. Without it the key is the seed, and whoever knows the seed can try out values',
    ),
});

type Config = z.output<typeof config>;

function actionsOf({ action: general, types: single }: Config): Record<PiiType, PiiAction> {
  const result = {} as Record<PiiType, PiiAction>;
  for (const type of piiTypes) {
    const fallback = OFF_BY_DEFAULT.includes(type) ? 'off' : general;
    result[type] = (single as Record<string, PiiAction | undefined>)[keyOf(type)] ?? fallback;
  }
  return result;
}

function secretKey(key_env: string): string {
  const value = process.env[key_env];
  if (value !== undefined && value !== '') return value;
  throw new AthanorError('bad-input', `pii: key_env names the environment variable ${key_env}, which is not set`, {
    place: 'pii.key_env',
    hint: `Set ${key_env} to a long random string and keep it: the same key gives the same pseudonyms.`,
  });
}

export const pii = defineStep({
  name: 'pii',
  kind: 'privacy',
  version: 3,
  config,
  secrets: ({ key_env }) => (key_env === undefined ? {} : { [key_env]: keyFingerprint(secretKey(key_env)) }),
  describe: (options) => {
    const byAction = new Map<string, string[]>();
    for (const [type, one] of Object.entries(actionsOf(options))) {
      if (one !== 'off') byAction.set(one, [...(byAction.get(one) ?? []), type]);
    }
    const parts = [...byAction].map(([one, of]) => `${one} ${of.join(', ')}`);
    return `Personal data in ${options.fields === 'all' ? 'text and meta' : options.fields.join(', ')}: ${parts.join('; ') || 'nothing'}`;
  },
  each: (options, context) => {
    const actions = actionsOf(options);
    const redact = createRedactor({
      actions,
      mask: options.mask,
      fields: options.fields,
      key: options.key_env === undefined ? `seed ${context.seed}` : secretKey(options.key_env),
      obfuscatedEmail: options.obfuscated_email,
      ipScope: options.ip_scope,
    });
    return (document) => {
      const { document: redacted, shown, counts } = redact(document);
      if (counts.size === 0) return document;
      context.count('documents');
      for (const [type, n] of counts) context.count(`pii:${type}`, n);
      const reasons = [...counts].filter(([type]) => actions[type] === 'drop');
      const total = reasons.reduce((sum, [, n]) => sum + n, 0);
      if (total < options.drop_from) return redacted;
      // What is kept of dropped documents is read by people: it carries the masked text.
      context.drop(shown(), `contains-${reasons[0]![0]}`, reasons.map(([type, n]) => `${n} ${type}`).join(', '));
      return undefined;
    };
  },
});
