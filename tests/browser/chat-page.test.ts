/** The chat page in a real Chromium, against a real server with a fake model. Needs a Chromium (CHROMIUM_PATH, or Debian's). */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/index.ts';
import { ANSWER, createFakeTextModel, scripted } from '../helpers/fake-model.ts';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

describe('the chat page', () => {
  let browser: Browser;
  const servers: RunningServer[] = [];
  const problems: string[] = [];

  async function open(
    answer = ANSWER,
    options: { apiKey?: string; locale?: string; stepMs?: number } = {},
  ): Promise<Page> {
    const model = createFakeTextModel({ next: scripted(answer), stepMs: options.stepMs ?? 0 });
    const server = await startServer({ model, modelName: 'poet', port: 0, apiKey: options.apiKey });
    servers.push(server);
    const page = await browser.newPage({ locale: options.locale ?? 'en-US', viewport: { width: 900, height: 640 } });
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(server.url);
    return page;
  }
  const send = async (page: Page, text: string) => {
    await page.fill('#prompt', text);
    await page.press('#prompt', 'Enter');
  };
  const answer = (page: Page) => page.locator('.message.assistant').last();

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    for (const server of servers) await server.close({ drainMs: 0 });
  });

  it('streams an answer and counts its tokens', async () => {
    const page = await open();
    expect(await page.textContent('#model')).toBe('poet');
    await send(page, '以《静夜思》为题写一首诗');
    await page.waitForSelector('.message.assistant small');
    expect(await answer(page).textContent()).toBe(`${ANSWER}36 tokens`);
    if (process.env.ATHANOR_SCREENSHOT) await page.screenshot({ path: process.env.ATHANOR_SCREENSHOT });
    await page.click('#clear');
    expect(await page.locator('.message').count()).toBe(0);
  });

  it('shows what the model writes as text, never as HTML', async () => {
    const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
    const page = await open(hostile);
    await send(page, '<b>bold</b>');
    await page.waitForSelector('.message.assistant small');
    expect(await answer(page).textContent()).toContain(hostile);
    expect(await page.locator('.message.user').textContent()).toBe('<b>bold</b>');
    expect(await page.locator('.message img, .message script, .message b').count()).toBe(0);
    expect(await page.title()).toBe('poet · Athanor');
  });

  it('speaks Chinese where the browser does, and switches', async () => {
    const page = await open(ANSWER, { locale: 'zh-CN' });
    expect(await page.textContent('#send')).toBe('发送');
    await page.click('#language');
    expect(await page.textContent('#send')).toBe('Send');
    await page.reload();
    expect(await page.textContent('#send')).toBe('Send');
  });

  it('stops an answer', async () => {
    const page = await open('x'.repeat(200), { stepMs: 20 });
    await send(page, 'go');
    await page.waitForFunction(() => (document.querySelector('.message.assistant')?.textContent?.length ?? 0) > 2);
    await page.click('#send');
    await page.waitForSelector('.message.assistant small');
    expect(await answer(page).textContent()).toMatch(/^x+stopped$/);
  });

  it('broke nothing on the way', () => {
    expect(problems).toEqual([]);
  });

  it('asks for an API key and uses it', async () => {
    const page = await open(ANSWER, { apiKey: 'geheim' });
    await page.waitForSelector('details[open]');
    await send(page, 'hello');
    await page.waitForSelector('.message.failed');
    expect(await answer(page).textContent()).toContain('API key');
    await page.fill('#key', 'geheim');
    await send(page, 'hello');
    await page.waitForSelector('.message.assistant small');
    expect(await page.textContent('#model')).toBe('poet');
  });
});
