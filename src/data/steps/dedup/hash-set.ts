/** A growing set of 128-bit hashes in typed arrays: 16 bytes an entry at a load of at most 2/3. */
import { createHash } from 'node:crypto';

export class Hash128Set {
  private slots: Uint32Array;
  private capacity: number;
  private count = 0;

  /** @param capacity a power of two */
  constructor(capacity = 1024) {
    this.capacity = capacity;
    this.slots = new Uint32Array(capacity * 4);
  }

  get size(): number {
    return this.count;
  }

  /** Adds the hash of `text`; false where it was there already. */
  add(text: string): boolean {
    const digest = createHash('sha256').update(text).digest();
    // The all-zero hash means an empty slot; a digest that begins with 16 zero bytes does not occur in practice.
    const added = this.insert(
      digest.readUInt32LE(0) || 1,
      digest.readUInt32LE(4),
      digest.readUInt32LE(8),
      digest.readUInt32LE(12),
    );
    if (added && this.count * 3 > this.capacity * 2) this.grow();
    return added;
  }

  private insert(a: number, b: number, c: number, d: number): boolean {
    const { slots, capacity } = this;
    for (let slot = a & (capacity - 1); ; slot = (slot + 1) & (capacity - 1)) {
      const at = slot * 4;
      if (slots[at] === 0) {
        slots[at] = a;
        slots[at + 1] = b;
        slots[at + 2] = c;
        slots[at + 3] = d;
        this.count++;
        return true;
      }
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return false;
    }
  }

  private grow(): void {
    const old = this.slots;
    this.capacity *= 2;
    this.slots = new Uint32Array(this.capacity * 4);
    this.count = 0;
    for (let at = 0; at < old.length; at += 4)
      if (old[at] !== 0) this.insert(old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!);
  }
}
