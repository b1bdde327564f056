/** `athanor train <recipe>`: only the stages that train; what they read must exist already. */
import { defineCommand } from '../command.ts';
import { runRecipeForPeople } from '../run-recipe.ts';

export const train = defineCommand({
  name: 'train',
  arguments: [{ name: '<recipe>', describe: 'argument.recipe' }],
  options: [
    { flags: '--resume [run]', describe: 'option.train.resume' },
    { flags: '--only <names>', describe: 'option.run.only', kind: 'commas', default: [] },
    { flags: '--force', describe: 'option.run.force' },
    { flags: '--set <key=value>', describe: 'option.run.set', kind: 'list', default: [] },
  ],
  async run(context, [recipe], options) {
    const report = await runRecipeForPeople(context, {
      recipe: recipe!,
      sets: options.set as string[],
      only: options.only as string[],
      force: options.force === true,
      resumeRun: typeof options.resume === 'string' ? options.resume : undefined,
      keep: ({ definition }) => definition.training,
    });
    return { ...report };
  },
});
