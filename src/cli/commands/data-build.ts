/** `athanor data build <recipe>`: only the recipe's data stages. */
import { defineCommand } from '../command.ts';
import { runRecipeForPeople } from '../run-recipe.ts';

export const dataBuild = defineCommand({
  name: 'data-build',
  arguments: [{ name: '<recipe>', describe: 'argument.recipe' }],
  options: [
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
      keep: ({ kind }) => kind === 'data',
    });
    return { ...report };
  },
});
