/**
 * Your own rules, in the recipe or in a YAML file: a pattern, what to do with a match, and a reason.
 *
 * ```yaml
 * - use: rules
 *   file: rules.yaml          # rules: [ … ] as below
 *   rules:
 *     - { text: 关注公众号, action: drop-line, reason: advertisement }
 *     - { between: ["【广告】", "【/广告】"], action: remove, reason: advertisement }
 *     - { regex: '\d{3}-\d{4}-\d{4}', action: replace, replacement: <phone>, reason: phone }
 *     - { url: true, action: remove, reason: url }
 *     - { regex: '(?i)casino|博彩', action: drop-document, reason: gambling }
 * ```
 *
 * Rules run one after the other; each is counted under its reason. Origin: the rule files of MassiveText-like recipes and
 * of data-juicer's replace_content_mapper. Expressions take linear time on any text (RE2).
 */
import { z } from 'zod';
import type { Document } from '../../document.ts';
import { finderOf } from '../../rules/finder.ts';
import { type Rule, readRules, ruleSchema } from '../../rules/schema.ts';
import { defineStep } from '../../step.ts';
import { eachLine } from '../../text/lines.ts';
import { eachSentence } from '../../text/sentences.ts';

const config = z
  .strictObject({
    rules: z.array(ruleSchema).default([]).describe('Rules, in order'),
    file: z.string().optional().describe('YAML file with more rules (`rules:` and a list), which run first'),
  })
  .describe('At least one rule, or a file');

export const rules = defineStep({
  name: 'rules',
  kind: 'clean',
  version: 1,
  config,
  files: ({ file }) => (file === undefined ? [] : [file]),
  describe: ({ rules: inline, file }) =>
    `${inline.length} own rules${file === undefined ? '' : ` and those of ${file}`}: ${[...new Set(inline.map(({ reason }) => reason))].join(', ')}`,
  async each({ rules: inline, file }, context) {
    const fromFile = file === undefined ? [] : readRules(file, context.baseDir);
    const all = [
      ...fromFile.map((rule, i) => ({ rule, place: `${file}: rules[${i}]` })),
      ...inline.map((rule, i) => ({ rule, place: `rules.rules[${i}]` })),
    ];
    const compiled = await Promise.all(
      all.map(async ({ rule, place }) => ({ rule, find: await finderOf(rule, place) })),
    );
    return (document) => {
      let { text } = document;
      for (const { rule, find } of compiled) {
        const spans: number[] = [];
        find(text, (start, end) => spans.push(start, end));
        if (spans.length === 0) continue;
        if (rule.action === 'drop-document') {
          const match = text.slice(spans[0], spans[1]).slice(0, 60);
          context.drop(document, rule.reason, `found ${JSON.stringify(match)}`);
          return undefined;
        }
        context.count(rule.reason, spans.length / 2);
        text = carryOut(text, rule, spans);
      }
      return text === document.text ? document : ({ ...document, text } satisfies Document);
    };
  },
});

/** `spans` are start and end of each match. */
function carryOut(text: string, rule: Rule, spans: readonly number[]): string {
  if (rule.action === 'drop-line' || rule.action === 'drop-sentence') {
    const parts: number[] = [];
    if (rule.action === 'drop-line') eachLine(text, (start, _, next) => parts.push(start, next));
    else eachSentence(text, (start, end) => parts.push(start, end));
    return cutOut(text, partsWithMatches(parts, spans), '');
  }
  return cutOut(text, spans, rule.replacement ?? '');
}

/** Parts (start and end in turn) that a match overlaps. */
function partsWithMatches(parts: readonly number[], spans: readonly number[]): number[] {
  const hit: number[] = [];
  let span = 0;
  for (let part = 0; part < parts.length; part += 2) {
    const start = parts[part]!;
    const end = parts[part + 1]!;
    while (span < spans.length && spans[span + 1]! <= start) span += 2;
    if (span < spans.length && spans[span]! < end) hit.push(start, end);
  }
  return hit;
}

function cutOut(text: string, spans: readonly number[], replacement: string): string {
  let result = '';
  let copied = 0;
  for (let i = 0; i < spans.length; i += 2) {
    result += text.slice(copied, spans[i]) + replacement;
    copied = spans[i + 1]!;
  }
  return result + text.slice(copied);
}
