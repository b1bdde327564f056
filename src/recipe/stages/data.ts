/** `data`: sources → steps → split, one dataset version with a manifest. The fields belong to `data/`. */
import { hashValue } from '../../core/node.ts';
import {
  buildDataset,
  type DataStage,
  dataCodeVersion,
  dataInputs,
  dataStageSchema,
  fetchSources,
  isModelName,
  stepFiles,
  stepModels,
  stepSecrets,
} from '../../data/index.ts';
import { defineStage } from '../define.ts';
import { textScorerOpener } from '../text-scorer.ts';

export const data = defineStage<DataStage>({
  kind: 'data',
  describe: 'Reads sources, cleans, filters and deduplicates documents, splits them, and writes one dataset.',
  version: 1,
  training: false,
  schema: dataStageSchema,
  inputs: ({ sources, steps }) => [
    ...sources.flatMap(({ type, dataset }, i) =>
      type === 'dataset' ? [{ type: 'dataset' as const, name: String(dataset), path: ['sources', i, 'dataset'] }] : [],
    ),
    ...steps.flatMap((step, i) =>
      stepModels(step)
        .filter(({ model }) => isModelName(model))
        .map(({ model, path }) => ({ type: 'model' as const, name: model, path: ['steps', i, ...path] })),
    ),
  ],
  prepare: (config, place) => fetchSources(config, place),
  externals: (config, place) => [
    ...config.sources.flatMap((source, i) => {
      if (source.type === 'dataset') return [];
      const { files } = dataInputs({ ...config, sources: [source] }, place);
      const hash = hashValue(files.map(({ sha256 }) => sha256));
      return [{ path: ['sources', i, 'path' in source ? 'path' : 'content'], hash }];
    }),
    ...config.steps.flatMap((step, i) => {
      // A model that is named is the workspace's: one of the inputs.
      const models = stepModels(step).filter(({ model }) => !isModelName(model));
      const files = stepFiles(step, place, models);
      return files.length === 0 ? [] : [{ path: ['steps', i, 'files'], hash: hashValue(files) }];
    }),
    ...config.steps.flatMap((step, i) => {
      const secrets = stepSecrets(step);
      return Object.keys(secrets).length === 0 ? [] : [{ path: ['steps', i, 'secrets'], hash: hashValue(secrets) }];
    }),
    { path: ['code'], hash: hashValue(dataCodeVersion(config)) },
  ],
  outputs: ({ name }) => [{ type: 'dataset', name }],
  async run(config, { workspace, baseDir, seed, device, threads, report, signal }) {
    const openTextScorer = textScorerOpener({ device });
    const options = { workspace, baseDir, seed, threads, openTextScorer, report, signal };
    const { version, counts } = await buildDataset(config, options);
    return { documents: counts.out, read: counts.in, dropped: counts.dropped, version };
  },
});
