/** `data`: sources → steps → split, one dataset version with a manifest. The fields belong to `data/`. */
import { hashValue } from '../../core/node.ts';
import {
  buildDataset,
  type DataStage,
  dataCodeVersion,
  dataInputs,
  dataStageSchema,
  fetchSources,
  stepFiles,
} from '../../data/index.ts';
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
  prepare: (config, place) => fetchSources(config, place),
  externals: (config, place) => [
    ...config.sources.flatMap((source, i) => {
      if (source.type === 'dataset') return [];
      const { files } = dataInputs({ ...config, sources: [source] }, place);
      const hash = hashValue(files.map(({ sha256 }) => sha256));
      return [{ path: ['sources', i, 'path' in source ? 'path' : 'content'], hash }];
    }),
    ...config.steps.flatMap((step, i) => {
      const files = stepFiles(step, place.baseDir);
      return files.length === 0 ? [] : [{ path: ['steps', i, 'files'], hash: hashValue(files) }];
    }),
    { path: ['code'], hash: hashValue(dataCodeVersion(config)) },
  ],
  outputs: ({ name }) => [{ type: 'dataset', name }],
  async run(config, { workspace, baseDir, seed, threads, report, signal }) {
    const { version, counts } = await buildDataset(config, { workspace, baseDir, seed, threads, report, signal });
    return { documents: counts.out, read: counts.in, dropped: counts.dropped, version };
  },
});
