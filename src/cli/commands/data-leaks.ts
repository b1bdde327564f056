/** `athanor data leaks <dataset>`: near-duplicates that stand on two sides of the split. */
import { openReference, Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { table, truncate } from '../width.ts';

export const dataLeaks = defineCommand({
  name: 'data-leaks',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  options: [
    { flags: '--threshold <x>', describe: 'option.data.threshold', kind: 'number', default: 0.8 },
    { flags: '--ngram <n>', describe: 'option.data.ngram', kind: 'integer', default: 5 },
    { flags: '--examples <n>', describe: 'option.data.leak-examples', kind: 'integer', default: 10 },
  ],
  async run({ globals, print, t, progress, signal }, [name], options) {
    const { findLeaks } = await import('../../data/index.ts');
    const workspace = new Workspace(globals.workspace);
    const dataset = openReference(workspace, name!);
    const { counts, examples } = await findLeaks(dataset, {
      workspace,
      settings: { threshold: options.threshold, ngram: options.ngram },
      examples: options.examples as number,
      threads: globals.threads,
      report: progress.report,
      signal,
    });
    progress.close();
    const leaks = Object.values(counts).reduce((a, b) => a + b, 0);
    print(t('data.leaks', { n: leaks, name: `${dataset.name} ${dataset.version}` }));
    for (const line of table(Object.entries(counts))) print(line);
    for (const { id, split, of, ofSplit, similarity, text } of examples) {
      print(`${split} ${id} ← ${ofSplit} ${of} (${similarity})`);
      print(`  ${truncate(text.replace(/\s+/g, ' '), 100)}`);
    }
    return { dataset: dataset.name, version: dataset.version, leaks, counts, examples };
  },
});
