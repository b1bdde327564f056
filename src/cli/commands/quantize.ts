/** `athanor quantize --model DIR --out DIR`: a smaller copy, with the perplexity before and after. */
import { basename, dirname, join } from 'node:path';
import { Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { modelOption } from '../text-options.ts';

export const quantize = defineCommand({
  name: 'quantize',
  options: [
    modelOption,
    { flags: '--scheme <name>', describe: 'option.quantize.scheme', default: 'int8' },
    { flags: '--out <dir>', describe: 'option.quantize.out' },
    { flags: '--dataset <name>', describe: 'option.quantize.dataset' },
  ],
  async run({ globals, progress, signal, print, t }, _args, options) {
    const { schemeOf } = await import('../../compress/index.ts');
    const { modelDirectory, quantizeAndCompare } = await import('../../recipe/index.ts');
    const from = modelDirectory(options.model as string, globals.workspace);
    const scheme = schemeOf(options.scheme as string);
    const to = (options.out as string | undefined) ?? join(dirname(from), `${basename(from)}-${scheme.use}`);
    const { device, threads } = globals;
    const result = await quantizeAndCompare({
      workspace: new Workspace(globals.workspace),
      from,
      to,
      scheme,
      dataset: options.dataset as string | undefined,
      seed: globals.seed ?? 0,
      device,
      threads,
      stage: 'quantize',
      report: progress.report,
      signal,
    });
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
    print(
      t('quantize.done', { dir: to, before: megabytes(result.bytes_before), after: megabytes(result.bytes_after) }),
    );
    const { perplexity_before: before, perplexity_after: after } = result;
    if (before !== undefined && after !== undefined)
      print(t('quantize.perplexity', { before: before.toFixed(3), after: after.toFixed(3) }));
    return { model: from, directory: to, scheme, ...result };
  },
});
