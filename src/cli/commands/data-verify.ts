/** `athanor data verify <dataset>`: every file against the hashes of its manifest. */
import { openDataset, Workspace } from '../../data/index.ts';
import { defineCommand } from '../command.ts';

export const dataVerify = defineCommand({
  name: 'data-verify',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  async run({ globals, print, t }, [name]) {
    const { manifest, version, hash } = openDataset(new Workspace(globals.workspace), name!, { verify: 'full' });
    const files = Object.values(manifest.splits).flatMap(({ shards }) => shards).length + (manifest.dropped ? 1 : 0);
    print(t('data.ok', { name: name!, version, n: files }));
    return { dataset: name!, version, hash, files, ok: true };
  },
});
