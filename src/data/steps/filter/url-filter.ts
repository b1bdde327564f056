/**
 * Drops documents by their address: blocked domains (with all their subdomains), exact addresses, words in the address
 * of which one (hard) or several (soft) suffice, and parts of words.
 * Origin: RefinedWeb's URL filter (Penedo et al. 2023, appendix G.1) as in datatrove's URLFilter. No lists are built in:
 * adult and spam lists are files, a domain a line, plain or in the format of hosts files, such as the UT1 blacklists of
 * Université Toulouse Capitole (CC BY-SA). Unlike datatrove, words are compared in small letters.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ioError } from '../../../core/node.ts';
import { fieldOf } from '../../document.ts';
import { defineStep } from '../../step.ts';

const list = z.array(z.string().min(1)).default([]);

const config = z.strictObject({
  domains: list.describe('Blocked domains; `example.com` also blocks `www.example.com`'),
  domain_files: list.describe('Files with more of them, one a line; `#` begins a comment, hosts files are understood'),
  urls: list.describe('Blocked addresses, exactly as given'),
  words: list.describe('One of these words in the address is enough'),
  word_files: list.describe('Files with more of them, one a line'),
  soft_words: list.describe('Words of which several are needed'),
  soft_threshold: z.int().min(1).default(2).describe('How many different soft words are too many'),
  parts: list.describe('Strings that may not occur in the address, its letters and digits written together'),
  missing: z.enum(['keep', 'drop']).default('keep').describe('What becomes of documents without an address'),
  field: z.string().default('url').describe('Field of meta that holds the address'),
});

type Config = z.output<typeof config>;

export const urlFilter = defineStep({
  name: 'url-filter',
  kind: 'filter',
  version: 1,
  config,
  files: ({ domain_files, word_files }) => [...domain_files, ...word_files],
  describe: ({ domains, domain_files, words, parts }) =>
    `Addresses blocked by ${domains.length} domains, ${words.length} words, ${parts.length} parts${domain_files.length > 0 ? ` and ${domain_files.join(', ')}` : ''}`,
  each(options, context) {
    const judge = judgeOf(options, context.baseDir);
    return (document) => {
      const url = fieldOf(document, options.field);
      const hasUrl = typeof url === 'string' && url !== '';
      const broken = hasUrl
        ? judge(url)
        : options.missing === 'drop'
          ? (['no-url', `${options.field} is empty`] as const)
          : undefined;
      return broken ? context.drop(document, ...broken) : document;
    };
  },
});

function judgeOf(options: Config, baseDir: string): (url: string) => readonly [string, string] | undefined {
  const domains = new Set(
    [...options.domains, ...linesOf(options.domain_files, baseDir, domainOf)].map((one) => one.toLowerCase()),
  );
  const urls = new Set(options.urls);
  const small = (words: readonly string[]) => new Set(words.map((word) => word.toLowerCase()));
  const hard = small([...options.words, ...linesOf(options.word_files, baseDir, (line) => line)]);
  const soft = small(options.soft_words);
  const parts = options.parts
    .map((part) => part.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ''))
    .filter((part) => part !== '');
  return (url) => {
    if (urls.has(url)) return ['blocked-url', url.slice(0, 100)];
    const lower = url.toLowerCase();
    const domain = blockedDomain(hostOf(lower), domains);
    if (domain !== undefined) return ['blocked-domain', domain];
    const words = new Set(lower.split(/[^\p{L}\p{N}]+/u));
    const bad = [...words].find((word) => hard.has(word));
    if (bad !== undefined) return ['blocked-word', bad];
    const several = [...words].filter((word) => soft.has(word));
    if (several.length >= options.soft_threshold) return ['soft-words', several.slice(0, 5).join(', ')];
    const joined = parts.length === 0 ? '' : lower.replace(/[^\p{L}\p{N}]+/gu, '');
    const part = parts.find((one) => joined.includes(one));
    return part === undefined ? undefined : ['blocked-part', part];
  };
}

/** Host name of an address, with or without a scheme. */
function hostOf(url: string): string {
  const start = url.indexOf('://') < 0 ? 0 : url.indexOf('://') + 3;
  const authority = url.slice(start).split(/[/?#\\]/, 1)[0]!;
  return authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/:\d{0,5}$/, '')
    .replace(/\.$/, '');
}

/** The blocked domain that a host is, or is under. */
function blockedDomain(host: string, domains: ReadonlySet<string>): string | undefined {
  for (let rest = host; rest !== ''; ) {
    if (domains.has(rest)) return rest;
    const dot = rest.indexOf('.');
    if (dot < 0) return undefined;
    rest = rest.slice(dot + 1);
  }
  return undefined;
}

function domainOf(line: string): string {
  // A hosts file: address, then name.
  const [first = '', second] = line.split(/\s+/);
  return second !== undefined && /^[\d.:]+$/.test(first) ? second : first;
}

function linesOf(files: readonly string[], baseDir: string, read: (line: string) => string): string[] {
  return files.flatMap((file) => {
    const path = resolve(baseDir, file);
    try {
      return readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => read(line.replace(/#.*$/, '').trim()))
        .filter((line) => line !== '');
    } catch (error) {
      throw ioError(error, path, 'read');
    }
  });
}
