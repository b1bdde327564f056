/** A crawl in a process of its own, to be killed. Arguments: folder, options as JSON. */
import { silent } from '../../../core/index.ts';
import { crawl } from '../crawl.ts';
import { crawlSchema } from '../options.ts';

const [directory, options] = process.argv.slice(2);
const report = await crawl(crawlSchema.parse(JSON.parse(options!)), {
  directory: directory!,
  report: silent,
});
process.stdout.write(JSON.stringify(report));
