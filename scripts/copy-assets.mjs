// Copies what the compiler leaves out (web pages, models, word lists) from src/ to dist/.
import { cpSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

const walk = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
for (const path of walk('src'))
  if (['.html', '.css', '.svg', '.py', '.bin', '.txt'].includes(extname(path)) && !path.includes('golden'))
    cpSync(path, path.replace(/^src/, 'dist'));
