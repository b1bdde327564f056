/** `athanor data stats <dataset>`: counts, licence, the funnel, what the texts look like, and drift against a version. */
import {
  datasetStatistics,
  defaultLimits,
  describeFunnel,
  measureDrift,
  openReference,
  Workspace,
} from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { driftLines, statisticsLines } from '../data-report.ts';
import { table } from '../width.ts';

export const driftOptions = [
  { flags: '--against <dataset>', describe: 'option.data.against' },
  { flags: '--sample <n>', describe: 'option.data.sample', kind: 'integer', default: 100_000 },
  { flags: '--psi-limit <x>', describe: 'option.data.psi-limit', kind: 'number', default: defaultLimits.psi },
  { flags: '--js-limit <x>', describe: 'option.data.js-limit', kind: 'number', default: defaultLimits.js },
] as const;

export const dataStats = defineCommand({
  name: 'data-stats',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  options: driftOptions,
  async run({ globals, print, t, progress, signal }, [name], options) {
    const workspace = new Workspace(globals.workspace);
    const opened = openReference(workspace, name!);
    const { manifest, directory, hash } = opened;
    const looking = { sample: Math.max(1, options.sample as number), report: progress.report, signal };
    const statistics = await datasetStatistics(opened, workspace, looking);
    const limits = { psi: options['psi-limit'] as number, js: options['js-limit'] as number };
    const older = options.against === undefined ? undefined : openReference(workspace, options.against as string);
    const drift = older && measureDrift(await datasetStatistics(older, workspace, looking), statistics, limits);
    progress.close();
    print(`${manifest.dataset} ${manifest.version} (${directory})`);
    if (manifest.licence) print(manifest.licence);
    const rows = Object.entries(manifest.splits).map(([split, { documents, characters }]) => [
      split,
      documents,
      characters,
    ]);
    for (const line of table([[t('data.split'), t('data.documents'), t('data.characters')], ...rows])) print(line);
    print(describeFunnel(manifest));
    for (const line of statisticsLines(statistics, t)) print(line);
    if (drift) for (const line of driftLines(drift, t)) print(line);
    const { dataset, version, licence, splits, counts, parents } = manifest;
    const rules = manifest.rules.map(({ samples: _samples, ...rule }) => rule);
    return { dataset, version, hash, licence, splits, counts, parents, rules, statistics, ...(drift ? { drift } : {}) };
  },
});
