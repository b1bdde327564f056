/** `athanor data gc`: what datasets could do without is shown, and deleted after a yes. */
import { relative } from 'node:path';
import { AthanorError } from '../../core/index.ts';
import { collectGarbage, findGarbage, Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';
import { askYes } from '../input.ts';
import { table } from '../width.ts';

export const dataGc = defineCommand({
  name: 'data-gc',
  options: [
    { flags: '--versions', describe: 'option.data.gc.versions' },
    { flags: '--yes', describe: 'option.data.gc.yes' },
  ],
  async run({ globals, print, note, t }, _arguments, options) {
    const workspace = new Workspace(globals.workspace);
    const lock = workspace.lock();
    try {
      const items = findGarbage(workspace, options.versions === true);
      const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
      const rows = items.map((item) => [item.kind, relative(workspace.root, item.path), item.bytes]);
      for (const line of table(rows)) note(line);
      note(t('data.gc.found', { n: items.length, bytes }));
      if (items.length === 0) return { items: 0, bytes: 0, deleted: false };
      const yes = options.yes === true || (await askYes(t('data.gc.ask')));
      if (yes === undefined)
        throw new AthanorError('bad-input', t('data.gc.no-terminal'), { place: '--yes', hint: t('data.gc.say-yes') });
      if (yes) collectGarbage(workspace, items);
      print(t(yes ? 'data.gc.deleted' : 'data.gc.kept', { n: items.length }));
      return { items: items.length, bytes, deleted: yes };
    } finally {
      lock.release();
    }
  },
});
