/** Core, the Node-only part: atomic files and hashes, native libraries, the version of the code. */
export * from './ffi.ts';
export * from './fs.ts';
export * from './mmap.ts';
export * from './unpacked.ts';
export * from './version.ts';
