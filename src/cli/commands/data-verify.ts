/** `athanor data verify <dataset>`: every file against the hashes of its manifest. */
import { openReference, Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';

export const dataVerify = defineCommand({
  name: 'data-verify',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  async run({ globals, print, t }, [name]) {
    const { manifest, version, hash } = openReference(new Workspace(globals.workspace), name!, {
      verify: 'full',
    });
    const files = Object.values(manifest.splits).flatMap(({ shards }) => shards).length + (manifest.dropped ? 1 : 0);
    print(t('data.ok', { name: manifest.dataset, version, n: files }));
    return { dataset: manifest.dataset, version, hash, files, ok: true };
  },
});
