/** For tests: runs a crawl of local servers in a folder of its own and reads back what it kept. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../../../core/index.ts';
import { fieldNamed } from '../../warc/fields.ts';
import { readHttpHead } from '../../warc/http.ts';
import { readWarc } from '../../warc/read.ts';
import { type CrawlContext, crawl } from '../crawl.ts';
import type { PageLine } from '../log.ts';
import { crawlSchema } from '../options.ts';
import type { CrawlReport } from '../report.ts';

/** Quick, and allowed on this machine. */
export const quick = {
  name: 'test',
  contact: 'https://example.org/crawler',
  allow_private: true,
  delay_seconds: 0,
  backoff_seconds: 0.01,
  connect_timeout_seconds: 2,
  first_byte_timeout_seconds: 2,
  timeout_seconds: 3,
};

export interface ArchivedRecord {
  readonly type: string;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly body: Buffer;
  readonly field: (name: string) => string | undefined;
  readonly header: (name: string) => string | undefined;
}

export class CrawlFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'athanor-crawl-'));

  run(options: Record<string, unknown>, context: Partial<CrawlContext> = {}): Promise<CrawlReport> {
    const config = crawlSchema.parse({ ...quick, ...options });
    return crawl(config, { directory: this.path, report: silent, ...context });
  }

  /** The log of a round: what became of each URL. */
  pages(round = 1): PageLine[] {
    return readFileSync(join(this.path, `round-${round}`, 'pages.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PageLine)
      .filter((line) => 'n' in line);
  }

  get files(): string[] {
    return readdirSync(this.path)
      .filter((name) => name.endsWith('.warc.gz'))
      .sort();
  }

  /** @throws where a record is malformed */
  async records(): Promise<ArchivedRecord[]> {
    const found: ArchivedRecord[] = [];
    for (const file of this.files) {
      for await (const record of readWarc(join(this.path, file))) {
        if (record.kind === 'bad') throw new Error(`${file}: ${record.reason} ${record.detail}`);
        const head =
          record.type === 'response' || record.type === 'revisit' ? await readHttpHead(record.block) : undefined;
        const body = await record.block.all();
        const { type, url, fields } = record;
        found.push({
          type,
          url,
          status: head?.status,
          body,
          field: (name) => fieldNamed(fields, name),
          header: (name) => head && fieldNamed(head.fields, name),
        });
      }
    }
    return found;
  }

  /** Paths of the answers that were kept, with `revisit` ones marked. */
  async kept(): Promise<string[]> {
    const answers = (await this.records()).filter(({ type }) => type === 'response' || type === 'revisit');
    return answers.map(
      ({ type, url }) => `${type === 'revisit' ? 'revisit ' : ''}${url!.replace(/^http:\/\/[^/]+/, '')}`,
    );
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
