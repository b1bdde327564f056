/** `athanor data stats <dataset>`: counts, sizes, licence and the funnel of the rules. */
import { describeFunnel, openDataset, Workspace } from '../../data/index.ts';
import { defineCommand } from '../command.ts';
import { table } from '../width.ts';

export const dataStats = defineCommand({
  name: 'data-stats',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  async run({ globals, print, t }, [name]) {
    const { manifest, directory, hash } = openDataset(new Workspace(globals.workspace), name!);
    print(`${manifest.dataset} ${manifest.version} (${directory})`);
    if (manifest.licence) print(manifest.licence);
    const rows = Object.entries(manifest.splits).map(([split, { documents, characters }]) => [
      split,
      documents,
      characters,
    ]);
    for (const line of table([[t('data.split'), t('data.documents'), t('data.characters')], ...rows])) print(line);
    print(describeFunnel(manifest));
    const { dataset, version, licence, splits, counts, parents } = manifest;
    const rules = manifest.rules.map(({ samples: _samples, ...rule }) => rule);
    return { dataset, version, hash, licence, splits, counts, parents, rules };
  },
});
