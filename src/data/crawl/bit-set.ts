/** A growing set of small numbers, a bit each. */
export class BitSet {
  private bytes = new Uint8Array(1 << 12);

  set(n: number): void {
    const at = n >> 3;
    if (at >= this.bytes.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[at]! |= 1 << (n & 7);
  }

  has(n: number): boolean {
    return ((this.bytes[n >> 3] ?? 0) & (1 << (n & 7))) !== 0;
  }
}
