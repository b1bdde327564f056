/** The library as it is loaded: version check, wrong files, error messages, memory that does not move. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { engineError, loadOrt, ORT_API_VERSION, stableBytes } from './c-api.ts';
import { createOptions, openEnvironment } from './environment.ts';

describe('loading ONNX Runtime', () => {
  it('gives version and providers, with telemetry off', () => {
    const library = loadOrt();
    expect(library.version).toMatch(/^1\.\d+\.\d+$/);
    expect(library.providers).toContain('CPUExecutionProvider');
    expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
    expect(loadOrt()).toBe(library);
  });

  it('refuses an API version that the library does not have', () => {
    expect(() => loadOrt({ apiVersion: 9999 })).toThrowError(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(/ONNX Runtime 1\..* does not offer API version 9999/),
      }),
    );
    expect(ORT_API_VERSION).toBe(22);
  });

  it('says when the library is missing or is something else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'athanor-'));
    expect(() => loadOrt({ library: join(folder, 'none.so') })).toThrowError(
      expect.objectContaining({ code: 'not-found' }),
    );
    const wrong = join(folder, 'libonnxruntime.so');
    writeFileSync(wrong, 'not a library');
    expect(() => loadOrt({ library: wrong })).toThrowError(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringContaining('is not a usable ONNX Runtime library'),
      }),
    );
  });

  it('takes the library that ATHANOR_ORT_LIBRARY names', () => {
    const before = process.env.ATHANOR_ORT_LIBRARY;
    process.env.ATHANOR_ORT_LIBRARY = '/nonexistent/libonnxruntime.so';
    try {
      expect(() => loadOrt()).toThrowError(
        expect.objectContaining({
          code: 'not-found',
          message: expect.stringContaining('/nonexistent/libonnxruntime.so'),
        }),
      );
    } finally {
      if (before === undefined) delete process.env.ATHANOR_ORT_LIBRARY;
      else process.env.ATHANOR_ORT_LIBRARY = before;
    }
  });

  it('names the providers that there are when a device is missing', () => {
    const environment = openEnvironment({ threads: 1 });
    const without = { ...environment, library: { ...environment.library, providers: ['CPUExecutionProvider'] } };
    expect(() =>
      createOptions(without, { device: 'cuda', threads: 1, spinning: true, providerOptions: {} }),
    ).toThrowError(
      expect.objectContaining({ code: 'unsupported', hint: expect.stringContaining('contains: CPUExecutionProvider') }),
    );
  });
});

describe('helpers', () => {
  it('reads node names from messages', () => {
    const message =
      "Non-zero status code returned while running Gather node. Name:'model.embed/gather' Status Message: indices element out of data bounds";
    expect(engineError(message, 'step')).toMatchObject({
      code: 'engine',
      place: 'step › model.embed/gather',
      values: { node: 'model.embed/gather' },
    });
    expect(engineError('Exiting due to terminate flag being set to true.')).toMatchObject({ code: 'cancelled' });
  });

  it('aligns memory to cache lines', () => {
    for (const length of [0, 1, 64, 1000]) {
      const bytes = stableBytes(length);
      expect(bytes.length).toBe(length);
      if (length) expect((koffi.address(bytes) as bigint) % 64n).toBe(0n);
    }
  });
});
