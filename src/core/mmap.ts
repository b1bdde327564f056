/**
 * Read-only views of files: memory-mapped by libc's mmap (through koffi) on Linux and macOS, ranged reads elsewhere or
 * where koffi cannot load. Mapped bytes are paged in on use and shared between processes. Knows nothing of formats.
 *
 * A mapped file must not be shortened while it is open (the system would answer a read with SIGBUS): Athanor's writers
 * never change a file in place, they rename a new one over it, which leaves the mapping on the old content.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { AthanorError } from './errors.ts';
import { type Koffi, loadKoffi } from './ffi.ts';
import { ioError } from './fs.ts';

/** An open file to read pieces of. */
export interface FileView {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** True where `view` costs no copy. */
  readonly mapped: boolean;
  /**
   * Bytes `offset … offset + length - 1`: a window on the mapping (read-only: a write ends the process), or a copy.
   * A mapping begins on a page boundary, so `byteOffset` is aligned as `offset` is.
   * @throws AthanorError('bad-file') when the range is not inside the file
   */
  view(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /**
   * Ends the use of this object; calling it twice is harmless. A mapping itself ends when its last view is collected:
   * the engine cannot detach such a buffer, and a view on unmapped pages would end the process.
   */
  dispose(): void;
}

export interface OpenFileViewOptions {
  /** `auto` (default) maps where it can; `read` never maps. */
  readonly mode?: 'auto' | 'read';
}

/** Opens a file for reading in place. @throws AthanorError('not-found' | 'io') */
export function openFileView(path: string, { mode = 'auto' }: OpenFileViewOptions = {}): FileView {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw ioError(error, path, 'open');
  }
  try {
    const size = fstatSync(fd).size;
    const mapping = mode === 'auto' && size > 0 ? mapFile(fd, size) : undefined;
    if (!mapping) return readingView(path, fd, size);
    closeSync(fd); // the mapping outlives the descriptor
    return mappedView(path, size, mapping);
  } catch (error) {
    closeSync(fd);
    throw ioError(error, path, 'open');
  }
}

function checkRange(path: string, size: number, offset: number, length: number): void {
  if (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
    return;
  throw new AthanorError('bad-file', `bytes ${offset}…${offset + length} are not inside ${path} (${size} bytes)`, {
    place: path,
    values: { offset, length, size },
  });
}

function readingView(path: string, fd: number, size: number): FileView {
  let open = true;
  return {
    path,
    size,
    mapped: false,
    view(offset, length) {
      checkRange(path, open ? size : 0, offset, length);
      const bytes = new Uint8Array(length);
      let done = 0;
      try {
        while (done < length) {
          const count = readSync(fd, bytes, done, Math.min(length - done, 1 << 30), offset + done);
          if (count === 0)
            throw new AthanorError('bad-file', `${path} became shorter while it was read`, { place: path });
          done += count;
        }
      } catch (error) {
        throw ioError(error, path, 'read');
      }
      return bytes;
    },
    dispose() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function mappedView(path: string, size: number, mapping: ArrayBuffer): FileView {
  let buffer: ArrayBuffer | undefined = mapping;
  return {
    path,
    size,
    mapped: true,
    view(offset, length) {
      checkRange(path, buffer ? size : 0, offset, length);
      return new Uint8Array(buffer!, offset, length);
    },
    dispose() {
      buffer = undefined;
    },
  };
}

interface Libc {
  mmap(address: null, length: number, protection: number, flags: number, fd: number, offset: number): bigint;
  munmap(address: bigint, length: number): number;
  view(pointer: bigint, length: number): ArrayBuffer;
}

const PROT_READ = 1;
const MAP_SHARED = 1;
let libc: Libc | 'none' | undefined;

/** libc through koffi, loaded at the first use; 'none' where it cannot be had. */
function loadLibc(): Libc | 'none' {
  const library = { linux: 'libc.so.6', darwin: 'libSystem.B.dylib' }[process.platform as string];
  if (!library) return 'none';
  try {
    const koffi = loadKoffi();
    const loaded = openLibrary(koffi, library);
    const mmap = loaded.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)');
    const munmap = loaded.func('int munmap(void *addr, size_t length)');
    return {
      mmap: (...args) => koffi.address(mmap(...args)),
      munmap: (...args) => munmap(...args) as number,
      view: (pointer, length) => koffi.view(pointer, length),
    };
  } catch {
    return 'none';
  }
}

/** musl has no `libc.so.6`: its libc answers to `libc.so`. */
function openLibrary(koffi: Koffi, name: string): ReturnType<Koffi['load']> {
  try {
    return koffi.load(name);
  } catch (error) {
    if (name !== 'libc.so.6') throw error;
    return koffi.load('libc.so');
  }
}

/** Unmaps what nobody can see any more. */
const collected = new FinalizationRegistry<{ pointer: bigint; size: number; libc: Libc }>(({ pointer, size, libc }) => {
  libc.munmap(pointer, size);
});

const MAP_FAILED = 0xffffffffffffffffn;

/** Maps a file, or tells by undefined that it cannot be mapped here. */
function mapFile(fd: number, size: number): ArrayBuffer | undefined {
  libc ??= loadLibc();
  if (libc === 'none') return undefined;
  const pointer = libc.mmap(null, size, PROT_READ, MAP_SHARED, fd, 0);
  if (pointer === 0n || BigInt.asUintN(64, pointer) === MAP_FAILED) return undefined;
  try {
    const buffer = libc.view(pointer, size);
    collected.register(buffer, { pointer, size, libc });
    return buffer;
  } catch {
    libc.munmap(pointer, size); // a runtime that forbids external buffers
    return undefined;
  }
}
