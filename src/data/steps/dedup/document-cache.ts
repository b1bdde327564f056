/** Documents that are read again: their ids and something made of their texts, the latest used within a memory limit. */
import type { Document } from '../../document.ts';

interface Entry<Value> {
  readonly id: string;
  readonly value?: Value;
  readonly bytes: number;
}

const entryBytes = 200;

export class DocumentCache<Value> {
  readonly #read: (numbers: readonly number[]) => Document[];
  readonly #memoryBytes: number;
  /** Least recently used first. */
  readonly #entries = new Map<number, Entry<Value>>();
  #bytes = 0;

  constructor(read: (numbers: readonly number[]) => Document[], memoryBytes: number) {
    this.#read = read;
    this.#memoryBytes = memoryBytes;
  }

  idOf(number: number): string {
    const known = this.#touch(number);
    if (known) return known.id;
    const { id } = this.#read([number])[0]!;
    this.#put(number, { id, bytes: entryBytes + 2 * id.length });
    return id;
  }

  valueOf(number: number, make: (text: string) => Value, sizeOf: (value: Value) => number): Value {
    const known = this.#touch(number);
    if (known?.value !== undefined) return known.value;
    this.forget(number);
    const { id, text } = this.#read([number])[0]!;
    const value = make(text);
    this.#put(number, { id, value, bytes: entryBytes + 2 * id.length + sizeOf(value) });
    return value;
  }

  forget(number: number): void {
    const entry = this.#entries.get(number);
    if (!entry) return;
    this.#entries.delete(number);
    this.#bytes -= entry.bytes;
  }

  #touch(number: number): Entry<Value> | undefined {
    const entry = this.#entries.get(number);
    if (!entry) return undefined;
    this.#entries.delete(number);
    this.#entries.set(number, entry);
    return entry;
  }

  #put(number: number, entry: Entry<Value>): void {
    this.#entries.set(number, entry);
    this.#bytes += entry.bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#memoryBytes || this.#entries.size === 1) break;
      this.forget(oldest);
    }
  }
}
