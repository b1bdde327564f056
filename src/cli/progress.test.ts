import { describe, expect, it } from 'vitest';
import { translator } from './i18n/index.ts';
import { duration, describe as inWords, lossCurve, newStage, render, type StageView, update } from './progress.ts';
import { textWidth } from './width.ts';

const t = translator('en');

function trained(): StageView[] {
  const stages = [newStage('poems'), newStage('base')];
  update(stages, { type: 'stage', stage: 'poems', status: 'cached' }, 0);
  update(stages, { type: 'stage', stage: 'base', status: 'start' }, 1000);
  for (let step = 1; step <= 50; step++)
    update(
      stages,
      {
        type: 'progress',
        stage: 'base',
        done: step,
        total: 100,
        unit: 'step',
        etaSeconds: 75,
        metrics: { loss: 8 / step, tokens_per_s: 2900, ...(step % 10 === 0 ? { val_loss: 9 / step } : {}) },
      },
      2000,
    );
  return stages;
}

describe('progress', () => {
  it('says step, losses, speed and time left', () => {
    expect(inWords(trained()[1]!, t)).toBe(
      'step 50/100 · loss 0.160 · validation 0.180 · 2,900 tokens/s · 1 min 15 s left',
    );
    expect(inWords(trained()[1]!, translator('zh'))).toContain('损失 0.160 · 验证 0.180');
  });

  it('draws every stage within the width', () => {
    const lines = render(trained(), t, 61_000, 50).split('\n');
    expect(lines[0]).toContain('cached');
    expect(lines.join('\n')).toContain('running · 1 min 00 s');
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(50);
  });

  it('draws the curve of train and validation loss', () => {
    const curve = lossCurve(trained()[1]!, t, 80)!;
    expect(curve).toContain('Loss of base');
    expect(curve.split('\n').length).toBeGreaterThan(8);
    expect(lossCurve(trained()[0]!, t, 80)).toBeUndefined();
  });

  it('writes durations', () => {
    expect([3, 125, 3720].map(duration)).toEqual(['3 s', '2 min 05 s', '1 h 02 min']);
  });
});
