/** The version of the code that makes results: the package's. A stage's own `version` changes between releases. */
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

export const codeVersion: string = manifest.version;
