/** `data`: sources → steps → split, one dataset version with a manifest. The fields belong to `data/`. */
import { hashValue } from '../../core/node.ts';
import { buildDataset, type DataStage, dataCodeVersion, dataInputs, dataStageSchema } from '../../data/index.ts';
import { defineStage } from '../define.ts';

export const data = defineStage<DataStage>({
  kind: 'data',
  describe: 'Reads sources, cleans, filters and deduplicates documents, splits them, and writes one dataset.',
  version: 1,
  training: false,
  schema: dataStageSchema,
  inputs: ({ sources }) =>
    sources.flatMap(({ type, dataset }, i) =>
      type === 'dataset' ? [{ type: 'dataset' as const, name: String(dataset), path: ['sources', i, 'dataset'] }] : [],
    ),
  externals: (config, place) => [
    ...config.sources.flatMap((source, i) => {
      if (source.type === 'dataset') return [];
      const { files } = dataInputs({ ...config, sources: [source] }, place);
      return [{ path: ['sources', i, 'path'], hash: hashValue(files.map(({ sha256 }) => sha256)) }];
    }),
    { path: ['code'], hash: hashValue(dataCodeVersion(config)) },
  ],
  outputs: ({ name }) => [{ type: 'dataset', name }],
  async run(config, { workspace, baseDir, seed, report, signal }) {
    const { version, counts } = await buildDataset(config, { workspace, baseDir, seed, report, signal });
    return { documents: counts.out, read: counts.in, dropped: counts.dropped, version };
  },
});
