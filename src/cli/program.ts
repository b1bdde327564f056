/**
 * The command line as commander sees it. A command's definition, and all that it imports, is loaded when commander comes
 * to that command: `--help` needs only the names. Prints nothing but help.
 */
import { Argument, Command, type Help, InvalidArgumentError, Option } from 'commander';
import { codeVersion } from '../core/node.ts';
import type { CommandDefinition, CommandOption, GlobalOptions, OptionValues } from './command.ts';
import { commands } from './commands/registry.gen.ts';
import type { MessageKey, Translate } from './i18n/index.ts';

/** Runs a command that commander has parsed. */
export type Execute = (
  definition: CommandDefinition,
  globals: GlobalOptions,
  args: readonly (string | undefined)[],
  options: OptionValues,
) => Promise<void>;

export type CommandName = keyof typeof commands;

/** The order of commands in help and docs; a name that is missing here comes last. */
const order = [
  'init',
  'run',
  'data',
  'tokenizer',
  'train',
  'generate',
  'chat',
  'score',
  'eval',
  'quantize',
  'serve',
  'bench',
];

const groups = { data: 'group.data', tokenizer: 'group.tokenizer', bench: 'group.bench' } as const satisfies Record<
  string,
  MessageKey
>;

/** Commander's own words in the user's language; a default is shown where it says something. */
function helpIn(t: Translate): Partial<Help> {
  const titles: Readonly<Record<string, string>> = {
    'Usage:': t('help.usage'),
    'Arguments:': t('help.arguments'),
    'Options:': t('help.options'),
    'Global Options:': t('help.global'),
    'Commands:': t('help.commands'),
  };
  return {
    showGlobalOptions: true,
    // What a command takes is known only when it has been loaded.
    subcommandTerm: (command) => command.name(),
    styleTitle: (title) => titles[title] ?? title,
    optionDescription({ description, argChoices, defaultValue: initial }) {
      const notes: string[] = [];
      if (argChoices) notes.push(t('help.choices', { values: argChoices.join(', ') }));
      if (typeof initial === 'string' || typeof initial === 'number') notes.push(t('help.default', { value: initial }));
      return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
    },
  };
}

/**
 * Builds the program in one language.
 * @returns the program, and what loads every command (commander itself loads the one that is called)
 */
export function buildProgram(
  t: Translate,
  execute: Execute,
): { readonly program: Command; readonly loadAll: () => Promise<void> } {
  const program = new Command('athanor');
  program
    .description(t('program.describe'))
    .addHelpText('after', `\n${t('program.more')}`)
    .version(codeVersion, '-V, --version', t('option.version'))
    .helpOption('-h, --help', t('option.help'))
    .helpCommand(false)
    .configureHelp(helpIn(t))
    .showSuggestionAfterError(false);
  for (const option of globalOptions(t)) program.addOption(option);
  const groupCommands = new Map<string, Command>();
  const names = new Map<Command, CommandName>();
  const position = (name: string) => (order.indexOf(name.split('-')[0]!) + 99) % 99;
  const sorted = Object.keys(commands) as CommandName[];
  for (const name of sorted.sort((a, b) => position(a) - position(b) || (a < b ? -1 : 1))) {
    const [head, ...rest] = name.split('-') as [string, ...string[]];
    let parent = program;
    if (rest.length > 0 && head in groups) {
      const known = groupCommands.get(head) ?? child(program, head, t(groups[head as keyof typeof groups]), t);
      groupCommands.set(head, known);
      parent = known;
    }
    names.set(child(parent, rest.length > 0 ? rest.join('-') : head, t(`command.${name}`), t), name);
  }
  const load = async (command: Command) => {
    const name = names.get(command);
    if (name !== undefined) define(command, await commands[name](), t, execute);
  };
  for (const one of [program, ...groupCommands.values()]) one.hook('preSubcommand', (_, command) => load(command));
  const loadAll = async () => {
    for (const command of names.keys()) await load(command);
  };
  return { program, loadAll };
}

function child(parent: Command, name: string, description: string, t: Translate): Command {
  return parent
    .command(name)
    .description(description)
    .helpOption('-h, --help', t('option.help'))
    .helpCommand(false)
    .configureHelp(helpIn(t))
    .showSuggestionAfterError(false);
}

/** Gives a command its arguments, options and action. */
function define(command: Command, definition: CommandDefinition, t: Translate, execute: Execute): void {
  for (const argument of definition.arguments ?? [])
    command.addArgument(new Argument(argument.name, t(argument.describe)));
  for (const option of definition.options ?? []) command.addOption(toOption(option, t));
  command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -2) as (string | undefined)[];
    const own = given.at(-2) as Record<string, unknown>;
    const values: Record<string, unknown> = {};
    // `--no-x` is the value `x`: true unless the flag is given.
    for (const option of command.options)
      values[option.negate ? option.name().replace(/^no-/, '') : option.name()] = own[option.attributeName()];
    await execute(definition, command.optsWithGlobals() as GlobalOptions, args, values);
  });
}

function toOption({ flags, describe, kind, default: initial, required }: CommandOption, t: Translate): Option {
  const option = new Option(flags, t(describe));
  if (kind === 'number') option.argParser(number);
  if (kind === 'integer') option.argParser(integer);
  if (kind === 'list') option.argParser((value, before: string[] | undefined) => [...(before ?? []), value]);
  if (kind === 'commas')
    option.argParser((value, before: string[] | undefined) => [
      ...(before ?? []),
      ...value
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    ]);
  if (initial !== undefined) option.default(initial);
  return option.makeOptionMandatory(required ?? false);
}

function globalOptions(t: Translate): Option[] {
  return [
    new Option('--json', t('option.json')).default(false),
    new Option('--workspace <dir>', t('option.workspace')).default('.athanor'),
    new Option('--device <device>', t('option.device')).choices(['cpu', 'webgpu', 'cuda', 'auto']).default('cpu'),
    new Option('--threads <n>', t('option.threads')).argParser(positive),
    new Option('--seed <n>', t('option.seed')).argParser(integer),
    new Option('--lang <lang>', t('option.lang')).choices(['en', 'zh']),
    new Option('--quiet', t('option.quiet')).default(false),
  ];
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

function integer(text: string, _before?: unknown, least = 0): number {
  const value = number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`expected a whole number ≥ ${least}.`);
}

const positive = (text: string): number => integer(text, undefined, 1);
