/** Rules for the step `rules`: what a rule is, inline or in a YAML file, with errors that name the rule. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AthanorError } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';

export const ruleActions = ['remove', 'replace', 'drop-line', 'drop-sentence', 'drop-document'] as const;
export type RuleAction = (typeof ruleActions)[number];

export const ruleSchema = z
  .strictObject({
    text: z.string().min(1).optional().describe('Pattern: this text'),
    regex: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Pattern: a regular expression in RE2 syntax (no look-around, no back-references); `^` and `$` are line ends',
      ),
    between: z
      .tuple([z.string().min(1), z.string().min(1)])
      .optional()
      .describe('Pattern: an opening and a closing mark with what stands between them, within one paragraph'),
    url: z.literal(true).optional().describe('Pattern: a web address'),
    action: z.enum(ruleActions).describe('What becomes of the match, its line, its sentence, or the document'),
    replacement: z.string().optional().describe('For `replace`: what stands in place of the match'),
    reason: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected a name in kebab-case such as `advertisement`')
      .describe('Name under which matches are counted and documents are dropped'),
    ignore_case: z.boolean().default(false).describe('Letters match whatever their case'),
    keep_marks: z
      .boolean()
      .default(false)
      .describe('For `between`: leave the two marks, take only what is between them'),
  })
  .superRefine((rule, context) => {
    const patterns = (['text', 'regex', 'between', 'url'] as const).filter((name) => rule[name] !== undefined);
    if (patterns.length !== 1)
      context.addIssue(
        `expected exactly one pattern of text, regex, between, url; found ${patterns.length === 0 ? 'none' : patterns.join(' and ')}`,
      );
    if ((rule.action === 'replace') !== (rule.replacement !== undefined))
      context.addIssue(
        rule.action === 'replace' ? 'action replace needs a replacement' : `action ${rule.action} takes no replacement`,
      );
  });

export type Rule = z.output<typeof ruleSchema>;

const fileSchema = z.strictObject({ rules: z.array(ruleSchema).min(1) });

/** The rules of a YAML file: `rules: [{ text: …, action: …, reason: … }, …]`. @throws AthanorError naming the rule */
export function readRules(path: string, baseDir: string): Rule[] {
  const full = resolve(baseDir, path);
  let text: string;
  try {
    text = readFileSync(full, 'utf8');
  } catch (error) {
    throw ioError(error, full, 'read');
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new AthanorError(
      'bad-file',
      `${path} is no YAML: ${error instanceof Error ? error.message : String(error)}`,
      {
        place: full,
        cause: error,
      },
    );
  }
  const read = fileSchema.safeParse(value);
  if (read.success) return read.data.rules;
  const [issue] = read.error.issues;
  const place = `${path}: ${z.core.toDotPath(issue!.path)}`;
  throw new AthanorError('bad-input', `${place}: ${issue!.message}`, {
    place,
    hint: 'A rule file holds `rules:`, a list of { text | regex | between | url, action, reason }.',
  });
}
