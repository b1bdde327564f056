/** Another dataset of the workspace: documents keep their ids, their meta, and the side of the split they are on. */
import { z } from 'zod';
import { splitNames } from '../document.ts';
import { openDataset } from '../open.ts';
import { commonSourceFields, defineSource } from '../source.ts';

export const dataset = defineSource({
  name: 'dataset',
  version: 1,
  config: z.strictObject({
    dataset: z.string().describe('Name of the dataset'),
    version: z.string().optional().describe('Version to read; default: the latest'),
    splits: z
      .array(z.enum(splitNames))
      .min(1)
      .default([...splitNames])
      .describe('Which sides of its split to read'),
    ...commonSourceFields,
  }),
  inputs(options, { workspace }) {
    const opened = openDataset(workspace, options.dataset, { version: options.version });
    return { files: [], parents: [{ dataset: opened.name, version: opened.version }] };
  },
  *units(options, { workspace }) {
    const opened = openDataset(workspace, options.dataset, { version: options.version });
    for (const split of options.splits)
      for (const { file } of opened.manifest.splits[split]?.shards ?? [])
        yield { file, split, version: opened.version };
  },
  read({ file, split, version }, { dataset: name }, { workspace }) {
    return openDataset(workspace, name, { version }).shard(file, split);
  },
});
