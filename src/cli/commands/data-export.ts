/** `athanor data export <dataset> --out F`: one split, all of them, or what was dropped, as JSONL. */
import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { unknownName } from '../../core/index.ts';
import { ioError } from '../../core/node.ts';
import { openReference, splitNames, Workspace } from '../../data/index.ts';
import { defineCommand } from '../command.ts';

export const dataExport = defineCommand({
  name: 'data-export',
  arguments: [{ name: '<dataset>', describe: 'argument.dataset' }],
  options: [
    { flags: '--out <file>', describe: 'option.out', required: true },
    { flags: '--split <split>', describe: 'option.split', default: 'all' },
    { flags: '--dropped', describe: 'option.data.dropped' },
  ],
  async run({ globals, print, t }, [name], options) {
    const wanted = options.split as string;
    const splits = wanted === 'all' ? splitNames : splitNames.filter((split) => split === wanted);
    if (splits.length === 0) throw unknownName('split', wanted, [...splitNames, 'all'], { place: '--split' });
    const dataset = openReference(new Workspace(globals.workspace), name!);
    const out = options.out as string;
    const temp = `${out}.tmp-${process.pid}`;
    const stream = createWriteStream(temp, { flush: true });
    let documents = 0;
    async function* records(): AsyncGenerator<unknown> {
      if (options.dropped === true) yield* dataset.dropped();
      else
        for (const split of splits)
          for await (const { id, text, meta } of dataset.documents(split))
            yield { id, text, ...(wanted === 'all' ? { split } : {}), meta };
    }
    try {
      await once(stream, 'open');
      for await (const record of records()) {
        if (!stream.write(`${JSON.stringify(record)}\n`)) await once(stream, 'drain');
        documents++;
      }
      stream.end();
      await once(stream, 'close');
      renameSync(temp, out);
    } catch (error) {
      stream.destroy();
      rmSync(temp, { force: true });
      throw ioError(error, out, 'write');
    }
    print(t('data.exported', { n: documents, file: out }));
    return { dataset: dataset.name, version: dataset.version, documents, file: out };
  },
});
