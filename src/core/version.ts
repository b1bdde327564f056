/** The version of the code: the package's. Node only. */
import { createRequire } from 'node:module';

const manifest = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

export const codeVersion: string = manifest.version;
