import { describe, expect, it } from 'vitest';
import { createFakeTextModel } from '../../tests/helpers/fake-model.ts';
import { startServer } from './server.ts';

const options = () => ({ model: createFakeTextModel(), modelName: 'fake', drainMs: 100 });

describe('startServer', () => {
  it('listens on a free port, answers, and closes for good', async () => {
    const server = await startServer({ ...options(), port: 0 });
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ status: 'ok' });
    await Promise.all([server.close(), server.close()]);
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it('says why it cannot listen', async () => {
    const server = await startServer({ ...options(), port: 0 });
    const port = Number(new URL(server.url).port);
    const message = `cannot listen on 127.0.0.1:${port}: the port is in use`;
    await expect(startServer({ ...options(), port })).rejects.toMatchObject({ code: 'io', message });
    await server.close();
    for (const wrong of [-1, 65_536, 1.5, Number.NaN])
      await expect(startServer({ ...options(), port: wrong })).rejects.toMatchObject({ code: 'bad-input' });
    const lost = startServer({ ...options(), host: '203.0.113.7', port: 0 });
    await expect(lost).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('no such address') });
  });
});
