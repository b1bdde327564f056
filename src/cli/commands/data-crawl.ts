/** `athanor data crawl <seed...>`: visits web pages politely; the same command again goes on where it stopped. */
import { join } from 'node:path';
import { parse } from '../../core/index.ts';
import { readJson } from '../../core/node.ts';
import { Workspace } from '../../data/datasets.ts';
import { defineCommand } from '../command.ts';

interface Report {
  readonly ended: string;
  readonly pages: number;
  readonly waiting: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly errors: Readonly<Record<string, number>>;
}

export const dataCrawl = defineCommand({
  name: 'data-crawl',
  arguments: [{ name: '<seed...>', describe: 'argument.seed' }],
  options: [
    { flags: '--contact <address>', describe: 'option.crawl.contact', required: true },
    { flags: '--name <name>', describe: 'option.crawl.name' },
    { flags: '--depth <n>', describe: 'option.crawl.depth', kind: 'integer' },
    { flags: '--max-pages <n>', describe: 'option.crawl.max-pages', kind: 'integer' },
    { flags: '--host <host>', describe: 'option.crawl.host', kind: 'list', default: [] },
    { flags: '--delay <seconds>', describe: 'option.crawl.delay', kind: 'number' },
    { flags: '--user-agent <product>', describe: 'option.crawl.user-agent' },
    { flags: '--recrawl', describe: 'option.crawl.recrawl' },
    { flags: '--set <key=value>', describe: 'option.crawl.set', kind: 'list', default: [] },
  ],
  async run({ globals, print, progress, signal, t }, args, options) {
    const { sources } = await import('../../data/index.ts');
    const seeds = args.flat() as string[];
    const name = (options.name as string | undefined) ?? nameOf(seeds[0]!);
    const given: Record<string, unknown> = {
      name,
      seeds,
      contact: options.contact,
      max_depth: options.depth,
      max_pages: options['max-pages'],
      delay_seconds: options.delay,
      user_agent: options['user-agent'],
      recrawl: options.recrawl,
      ...((options.host as string[]).length > 0 ? { hosts: options.host } : {}),
      ...Object.fromEntries((options.set as string[]).map(pair)),
    };
    const { crawl } = sources;
    const config = parse(crawl.config, given, 'data crawl');
    const workspace = new Workspace(globals.workspace);
    try {
      // The crawl has a lock of its own: it may take days, and other work goes on in the workspace.
      await crawl.fetch?.(config, { baseDir: '.', workspace, report: progress.report, signal });
    } finally {
      progress.close();
    }
    const directory = workspace.crawl(config.name);
    const report = readJson(join(directory, 'report.json')) as Report;
    const { ended, pages, waiting, bytes, seconds } = report;
    const megabytes = (bytes / 1e6).toFixed(1);
    print(t('crawl.done', { ended, pages, waiting, megabytes, seconds, dir: directory }));
    for (const [reason, n] of Object.entries(report.errors)) print(`  ${reason}: ${n}`);
    return { ...report, directory };
  },
});

/** A crawl of one site is called like the site. */
function nameOf(seed: string): string {
  return seed
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/?#].*$/s, '')
    .replace(/[^\p{L}\p{N}.-]/gu, '-');
}

/** `max_body_megabytes=5`: the value is JSON where it can be read as such. */
function pair(text: string): [string, unknown] {
  const equals = text.indexOf('=');
  const [key, value] = equals < 0 ? [text, 'true'] : [text.slice(0, equals), text.slice(equals + 1)];
  try {
    return [key, JSON.parse(value)];
  } catch {
    return [key, value];
  }
}
