/** `athanor data report <dataset> --out F.html`: a version on one page that opens without a network. */
import { writeFileAtomic } from '../../core/node.ts';
import { datasetStatistics, measureDrift, openReference, reportHtml, Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { driftOptions } from './data-stats.ts';

export const dataReport = defineCommand({
  name: 'data-report',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  options: [{ flags: '--out <file>', describe: 'option.out', required: true }, ...driftOptions],
  async run({ globals, print, t, progress, signal, language }, [name], options) {
    const workspace = new Workspace(globals.workspace);
    const opened = openReference(workspace, name!);
    const looking = { sample: Math.max(1, options.sample as number), report: progress.report, signal };
    const statistics = await datasetStatistics(opened, workspace, looking);
    const older = options.against === undefined ? undefined : openReference(workspace, options.against as string);
    const limits = { psi: options['psi-limit'] as number, js: options['js-limit'] as number };
    const drift = older && {
      name: `${older.name} ${older.version}`,
      drift: measureDrift(await datasetStatistics(older, workspace, looking), statistics, limits),
    };
    progress.close();
    const out = options.out as string;
    writeFileAtomic(out, reportHtml({ manifest: opened.manifest, statistics, drift, language }));
    print(t('data.report.written', { file: out }));
    return { dataset: opened.name, version: opened.version, file: out, alarm: drift?.drift.alarm ?? false };
  },
});
