/** `athanor serve --model DIR`: OpenAI-compatible server and chat page, until it is stopped. */
import { once } from 'node:events';
import { defineCommand } from '../command.ts';
import { modelOption } from '../text-options.ts';

export const serve = defineCommand({
  name: 'serve',
  options: [
    modelOption,
    { flags: '--host <host>', describe: 'option.serve.host', default: '127.0.0.1' },
    { flags: '--port <port>', describe: 'option.serve.port', kind: 'integer', default: 8080 },
    { flags: '--api-key <key>', describe: 'option.serve.api-key' },
    { flags: '--slots <n>', describe: 'option.serve.slots', kind: 'integer', default: 8 },
    { flags: '--max-queue <n>', describe: 'option.serve.queue', kind: 'integer', default: 64 },
    { flags: '--max-tokens <n>', describe: 'option.max-tokens', kind: 'integer' },
  ],
  async run({ globals, progress, signal, note, t }, _args, options) {
    const { modelDirectory, openTextModel } = await import('../../recipe/index.ts');
    const { startServer } = await import('../../serve/index.ts');
    const { device, threads, workspace } = globals;
    const model = await openTextModel(modelDirectory(options.model as string, workspace), {
      device,
      threads,
      slots: options.slots as number,
      maxQueue: options['max-queue'] as number,
    });
    try {
      const server = await startServer({
        model: model.text,
        modelName: model.name,
        apiKey: (options['api-key'] as string | undefined) ?? process.env.ATHANOR_API_KEY,
        host: options.host as string,
        port: options.port as number,
        maxTokens: options['max-tokens'] as number | undefined,
        report: progress.report,
      });
      // Always said, also under --quiet: with port 0 nobody else knows the address.
      process.stderr.write(`${t('serve.listening', { model: model.name, url: server.url })}\n`);
      if (!signal.aborted) await once(signal, 'abort');
      await server.close();
      note(t('serve.stopped'));
      return { model: model.directory, url: server.url };
    } finally {
      await model.dispose();
    }
  },
});
