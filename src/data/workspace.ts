/**
 * The workspace: where everything that Athanor makes lies on disk (DESIGN §3), and the lock that keeps two processes
 * from building in it at once. Knows paths only; what is inside the files belongs to their owners.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AthanorError } from '../core/index.ts';
import { clearLeftovers, ioError } from '../core/node.ts';
import { type Lock, takeLock } from './lock.ts';

/** Names become directory names: letters and digits of any script, then also dots, dashes and underscores. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._-]{0,127}$/u;

/** Paths of a workspace; creates nothing until something is written. */
export class Workspace {
  readonly root: string;

  constructor(directory = '.athanor') {
    this.root = resolve(directory);
  }

  /** `datasets/<name>`: holds one directory a version, and `latest.json`. */
  dataset(name: string): string {
    return this.path('datasets', 'dataset', name);
  }

  tokenizer(name: string): string {
    return this.path('tokenizers', 'tokenizer', name);
  }

  run(id: string): string {
    return this.path('runs', 'run', id);
  }

  model(name: string): string {
    return this.path('models', 'model', name);
  }

  /** `crawls/<name>`: what a crawl fetched, and how far it is. */
  crawl(name: string): string {
    return this.path('crawls', 'crawl', name);
  }

  /** `evals/<id>.json`. */
  evaluation(id: string): string {
    return `${this.path('evals', 'evaluation', id)}.json`;
  }

  /** Names of one kind that exist, sorted. */
  list(kind: 'crawls' | 'datasets' | 'tokenizers' | 'runs' | 'models' | 'evals'): string[] {
    try {
      const names = readdirSync(join(this.root, kind)).filter(
        (name) => NAME.test(name) && !/\.(tmp|old)-\d+-/.test(name),
      );
      return names.map((name) => (kind === 'evals' ? name.replace(/\.json$/, '') : name)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw ioError(error, join(this.root, kind), 'list');
    }
  }

  /**
   * Takes the workspace for this process until `release()` or the end of the process. A lock whose process is dead is
   * taken over; of several processes that try to, exactly one succeeds. What killed processes left half-written is cleared.
   * @throws AthanorError('locked') naming the pid and the lock's path
   */
  lock(): Lock {
    const lock = takeLock(this.root, { what: 'the workspace', instead: 'choose another --workspace' });
    try {
      for (const kind of ['tokenizers', 'runs', 'models', 'evals']) clearLeftovers(join(this.root, kind));
      return lock;
    } catch (error) {
      lock.release();
      throw ioError(error, this.root, 'lock');
    }
  }

  private path(folder: string, kind: string, name: string): string {
    if (!NAME.test(name)) {
      throw new AthanorError('bad-input', `'${name}' cannot be the name of a ${kind}`, {
        hint: 'Use letters, digits, dots, dashes and underscores; begin with a letter or a digit.',
        values: { kind, name },
      });
    }
    return join(this.root, folder, name);
  }
}
