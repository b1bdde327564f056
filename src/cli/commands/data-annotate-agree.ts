/** `athanor data annotate-agree`: agreement of annotators pair by pair, and one annotation from several. */
import { readText, writeFileAtomic } from '../../core/node.ts';
import {
  adjudicateAll,
  agreementOfPairs,
  annotationFormat,
  groupAnnotations,
  readAnnotations,
  readProject,
  ruleNamed,
  writeAnnotations,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { table } from '../width.ts';

export const dataAnnotateAgree = defineCommand({
  name: 'data-annotate-agree',
  options: [
    { flags: '--input <file>', describe: 'option.annotation.input', kind: 'list', required: true },
    { flags: '--from <format>', describe: 'option.annotation.from' },
    { flags: '--project <file>', describe: 'option.annotation.project' },
    { flags: '--rule <rule>', describe: 'option.annotation.rule' },
    { flags: '--reviewer <name>', describe: 'option.annotation.reviewer' },
    { flags: '--out <file>', describe: 'option.annotation.out' },
    { flags: '--to <format>', describe: 'option.annotation.to' },
  ],
  async run({ print, t }, _args, options) {
    const inputs = options.input as readonly string[];
    const documents = inputs.flatMap((path) =>
      readAnnotations(readText(path), annotationFormat(options.from as string | undefined, path), path),
    );
    const groups = groupAnnotations(documents);
    const pairs = agreementOfPairs(groups);
    const number = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(3));
    const head = [
      t('annotation.pair'),
      t('annotation.documents'),
      t('annotation.kappa'),
      t('annotation.exact'),
      t('annotation.partial'),
    ];
    const rows = pairs.map((one) => [
      one.annotators.join(' – '),
      one.documents,
      number(one.kappa),
      number(one.exact),
      number(one.partial),
    ]);
    for (const line of table([head, ...rows])) print(line);
    const project = options.project === undefined ? undefined : readProject(options.project as string);
    const rule = ruleNamed(options.rule as string | undefined, options.reviewer as string | undefined, project);
    const results = adjudicateAll(groups, rule);
    const conflicts = results.flatMap((one) => one.conflicts);
    const disputed = results.filter((one) => one.conflicts.length > 0).length;
    print(t('annotation.conflicts', { n: disputed, documents: results.length }));
    const out = options.out as string | undefined;
    if (out !== undefined) {
      const to = annotationFormat(options.to as string | undefined, out);
      const { text, lost } = writeAnnotations(
        results.map((one) => one.document),
        to,
      );
      writeFileAtomic(out, text);
      print(t('annotation.written', { n: results.length, file: out, lost }));
    }
    return {
      pairs,
      rule: rule.rule,
      documents: results.length,
      disputed,
      conflicts,
      ...(out === undefined ? {} : { file: out }),
    };
  },
});
