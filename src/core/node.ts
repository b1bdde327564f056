/** Core, the Node-only part: atomic files and hashes. */
export * from './ffi.ts';
export * from './fs.ts';
export * from './mmap.ts';
export * from './unpacked.ts';
