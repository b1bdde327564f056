import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFields, WireWriter } from './wire.ts';

describe('wire format', () => {
  it('reads what was written', () => {
    const value = fc.record({
      int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      flag: fc.boolean(),
      float: fc.float({ noNaN: true }),
      text: fc.string({ unit: 'binary' }),
      bytes: fc.uint8Array({ maxLength: 3000 }),
      number: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
    });
    fc.assert(
      fc.property(value, ({ int, flag, float, text, bytes, number }) => {
        const file = new WireWriter()
          .int32(number, int)
          .bool(number, flag)
          .float(number, float)
          .string(number, text)
          .message(number, (inner) => inner.bytes(1, bytes))
          .finish();
        const fields = [...readFields(file)];
        expect(fields.map((field) => field.number)).toEqual(new Array(5).fill(number));
        expect(fields[0]!.int32('int')).toBe(int);
        expect(fields[1]!.bool('flag')).toBe(flag);
        expect(fields[2]!.float('float')).toBe(float);
        expect(fields[3]!.string('text')).toBe(text);
        expect([...fields[4]!.message('inner')][0]!.bytes('bytes')).toEqual(bytes);
      }),
      { seed: 3 },
    );
  });

  it('never runs beyond the bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const field of readFields(bytes)) expect(field.offset).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-file' });
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
