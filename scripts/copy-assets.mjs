// Copies what the compiler leaves out (web pages, message tables that are not code) from src/ to dist/.
import { cpSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

const walk = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
for (const path of walk('src'))
  if (['.html', '.css', '.svg', '.py'].includes(extname(path))) cpSync(path, path.replace(/^src/, 'dist'));
