/** `athanor data export <dataset> --out F`: documents, what was dropped, or sequences of tokens, for other programs. */
import { AthanorError, unknownName } from '../../core/index.ts';
import {
  type ExampleOptions,
  type ExportFormat,
  exportDataset,
  exportFormats,
  openReference,
  packings,
  splitNames,
  Workspace,
} from '../../data/datasets.ts';
import { type CommandContext, defineCommand, type OptionValues } from '../command.ts';
import { openTokenizer } from '../tokenizer-option.ts';

export const dataExport = defineCommand({
  name: 'data-export',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  options: [
    { flags: '--out <file>', describe: 'option.out', required: true },
    { flags: '--split <split>', describe: 'option.split', default: 'all' },
    { flags: '--dropped', describe: 'option.data.dropped' },
    { flags: '--format <format>', describe: 'option.data.format' },
    { flags: '--tokenizer <path>', describe: 'option.data.tokenizer' },
    { flags: '--length <n>', describe: 'option.data.length', kind: 'integer', default: 1024 },
    { flags: '--stride <n>', describe: 'option.data.stride', kind: 'integer', default: 0 },
    { flags: '--packing <how>', describe: 'option.data.packing', default: 'none' },
    { flags: '--pad', describe: 'option.data.pad' },
  ],
  async run(context, [name], options) {
    const { globals, print, t } = context;
    const wanted = options.split as string;
    const splits = wanted === 'all' ? splitNames : splitNames.filter((split) => split === wanted);
    if (splits.length === 0) throw unknownName('split', wanted, [...splitNames, 'all'], { place: '--split' });
    const out = options.out as string;
    const format = (options.format as string | undefined) ?? formatOf(out);
    if (!isOneOf(exportFormats, format)) throw unknownName('format', format, exportFormats, { place: '--format' });
    const dataset = openReference(new Workspace(globals.workspace), name!);
    const examples = options.tokenizer === undefined ? undefined : exampleOptions(context, options);
    const dropped = options.dropped === true;
    const rows = await exportDataset(dataset, { out, format, splits, withSplit: wanted === 'all', dropped, examples });
    print(t(examples ? 'data.exported-sequences' : 'data.exported', { n: rows, file: out }));
    const { name: exported, version } = dataset;
    return { dataset: exported, version, [examples ? 'sequences' : 'documents']: rows, file: out };
  },
});

/** By the file's name; what says nothing is JSONL, but a name that promises something else is a mistake. */
function formatOf(out: string): ExportFormat {
  const other = /\.(?:csv|tsv|xlsx?|arrow|feather|avro|orc|npy|npz|bin|zst|bz2|xz|zip)$/i.exec(out)?.[0];
  if (other !== undefined)
    throw new AthanorError('bad-input', `cannot write '${other}'`, {
      place: '--out',
      hint: 'Name a file .jsonl, .jsonl.gz, .parquet or .tfrecord, or give --format.',
    });
  return out.endsWith('.parquet') ? 'parquet' : /\.tfrecords?$/.test(out) ? 'tfrecord' : 'jsonl';
}

function exampleOptions(context: CommandContext, options: OptionValues): ExampleOptions {
  const { tokenizer } = openTokenizer(context, options);
  const { bos, eos, pad } = tokenizer.specialTokens;
  const packing = options.packing as string;
  if (!isOneOf(packings, packing)) throw unknownName('packing', packing, packings, { place: '--packing' });
  const padding = pad ?? eos;
  if (options.pad === true && padding === undefined)
    throw new AthanorError('bad-input', 'the tokenizer has no token to pad with', { place: '--pad' });
  return {
    encode: (text) => tokenizer.encode(text, { addSpecialTokens: false, allowedSpecial: 'none' }),
    length: options.length as number,
    stride: options.stride as number,
    packing,
    bos,
    eos,
    pad: options.pad === true ? padding : undefined,
  };
}

function isOneOf<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}
