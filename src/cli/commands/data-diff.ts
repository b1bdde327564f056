/** `athanor data diff <a> <b>`: what changed between two versions: documents, sources, rules, statistics. */
import { AthanorError } from '../../core/index.ts';
import {
  datasetStatistics,
  defaultLimits,
  diffDatasets,
  measureDrift,
  openReference,
  Workspace,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { driftLines } from '../data-report.ts';
import { table, truncate } from '../width.ts';

const documentTexts = {
  same: 'data.diff.same',
  added: 'data.diff.added',
  removed: 'data.diff.removed',
  changed: 'data.diff.changed',
  moved: 'data.diff.moved',
} as const;
const ruleTexts = {
  added: 'data.diff.rule.added',
  removed: 'data.diff.rule.removed',
  changed: 'data.diff.rule.changed',
  moved: 'data.diff.rule.moved',
} as const;

export const dataDiff = defineCommand({
  name: 'data-diff',
  arguments: [
    { name: '<before>', describe: 'argument.data.before' },
    { name: '<after>', describe: 'argument.data.after' },
  ],
  options: [
    { flags: '--examples <n>', describe: 'option.data.examples', kind: 'integer', default: 5 },
    { flags: '--sample <n>', describe: 'option.data.sample', kind: 'integer', default: 100_000 },
  ],
  async run({ globals, print, t, progress, signal }, [before, after], options) {
    const workspace = new Workspace(globals.workspace);
    const [a, b] = [openReference(workspace, before!), openReference(workspace, after!)];
    const [examples, sample] = [options.examples as number, options.sample as number];
    if (examples < 0 || sample < 1)
      throw new AthanorError('bad-input', 'expected --examples ≥ 0 and --sample ≥ 1', { place: '--examples' });
    const diff = await diffDatasets(a, b, examples);
    const looking = { sample, report: progress.report, signal };
    const drift = measureDrift(
      await datasetStatistics(a, workspace, looking),
      await datasetStatistics(b, workspace, looking),
      defaultLimits,
    );
    progress.close();
    print(`${a.name} ${a.version} → ${b.name} ${b.version}`);
    for (const line of table(
      Object.entries(diff.documents).map(([what, n]) => [t(documentTexts[what as keyof typeof documentTexts]), n]),
    ))
      print(line);
    for (const [what, list] of Object.entries(diff.examples))
      for (const change of list) {
        print(`${t(documentTexts[what as keyof typeof documentTexts])}: ${change.id}`);
        for (const [sign, text] of [
          ['-', change.before],
          ['+', change.after],
        ] as const)
          if (text !== undefined) print(`  ${sign} ${truncate(text.replace(/\s+/g, ' '), 100)}`);
      }
    for (const line of [...diff.sources, ...diff.settings]) print(line);
    for (const { use, change, details } of diff.rules) {
      print(`${t('data.diff.rule')} ${use}: ${t(ruleTexts[change])}`);
      for (const detail of details ?? []) print(`  ${detail}`);
    }
    for (const line of driftLines(drift, t)) print(line);
    return { ...diff, drift };
  },
});
