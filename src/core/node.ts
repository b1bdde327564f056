/** Core, the Node-only part: atomic files and hashes. */
export * from './fs.ts';
export * from './mmap.ts';
