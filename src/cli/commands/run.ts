/** `athanor run <recipe>`: the main job. */
import { join } from 'node:path';
import type { RunReport } from '../../recipe/index.ts';
import { defineCommand } from '../command.ts';
import { recipeArguments, recipeOptions, runRecipeForPeople } from '../run-recipe.ts';

export const run = defineCommand({
  name: 'run',
  arguments: recipeArguments,
  options: recipeOptions,
  async run(context, [recipe], options) {
    const report = await runRecipeForPeople(context, {
      recipe: recipe!,
      options,
    });
    const { t, print, globals } = context;
    const models = report.stages.flatMap(({ outputs }) => outputs.filter(({ type }) => type === 'model'));
    const chatty = report.stages.findLast(({ kind }) => kind === 'sft')?.name;
    const model = chatty ?? models.at(-1)?.name;
    for (const line of sampleLines(report, t('run.samples'))) print(line);
    if (model !== undefined) {
      const path = join(globals.workspace, 'models', model);
      print(`\n${t('run.next')}`);
      if (chatty) print(`  athanor chat --model ${path}    # ${t('run.next-chat')}`);
      else print(`  athanor generate --model ${path} --prompt …`);
      print(`  athanor serve --model ${path}   # ${t('run.next-serve')}`);
    }
    return { ...report };
  },
});

/** What the last trained model wrote, at most three pieces. */
function sampleLines({ stages }: RunReport, title: string): string[] {
  const trained = stages.findLast(({ summary }) => Array.isArray(summary.samples) && summary.samples.length > 0);
  const samples = (trained?.summary.samples ?? []) as readonly { prompt: string; text: string }[];
  return samples.length === 0
    ? []
    : [
        '',
        title,
        ...samples.slice(0, 3).flatMap(({ prompt, text }) => [`  ${prompt}`, `    ${text.replaceAll('\n', '\n    ')}`]),
      ];
}
