/** The units of a text as columns: places and hashes. The arrays are longer than `count` and used again. */
export class UnitList {
  count = 0;
  /** Where each unit begins and ends, in UTF-16 units. */
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  /** 64 bits of each unit. */
  low = new Int32Array(1024);
  high = new Int32Array(1024);

  protected push(start: number, end: number, low: number, high: number): void {
    const at = this.count++;
    if (at === this.starts.length) {
      this.starts = doubled(this.starts);
      this.ends = doubled(this.ends);
      this.low = doubled(this.low);
      this.high = doubled(this.high);
    }
    this.starts[at] = start;
    this.ends[at] = end;
    this.low[at] = low;
    this.high[at] = high;
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
