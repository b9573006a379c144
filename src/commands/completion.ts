import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { readInventory } from '../inventory/read.ts';
import { inventoryFile } from './defaults.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';

/** A command with what may follow it. */
interface Entry {
  readonly name: string;
  readonly about: string;
  readonly options: readonly string[];
}

/** `haprov completion SHELL`: a script for that shell. `names` prints clusters and hosts, which the scripts ask for. */
export async function completion(shell: string, file: string | undefined, program: Command, io: Io): Promise<ExitCode> {
  const scripts: Readonly<Record<string, (entries: readonly Entry[]) => string>> = { bash, zsh, fish };
  if (shell === 'names') {
    for (const name of await namesOf(file, io)) io.out.write(`${name}\n`);
    return EXIT.done;
  }
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined) throw new UsageError(`unknown shell '${shell}'`, { next: 'Shells: bash, zsh, fish' });
  io.out.write(script(entriesOf(program)));
  return EXIT.done;
}

/** Names of clusters and ids of hosts; none where there is no inventory that can be read. */
async function namesOf(file: string | undefined, io: Io): Promise<readonly string[]> {
  try {
    const { inventory } = await readInventory(await inventoryFile(file, io));
    return (inventory?.clusters ?? []).flatMap(({ name, hosts }) => [name, ...hosts.map(({ id }) => id)]);
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

function entriesOf(program: Command): readonly Entry[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ short, long }) => [short ?? [], long ?? []].flat()),
  }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ name, options }) => `    ${name}) words=${quoted(options.join(' '))} ;;`);
  return `# haprov completion bash: source <(haprov completion bash)
_haprov() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(entries.map(({ name }) => name).join(' '))} -- "$word"))
    return
  fi
  case $before in
    -l|--limit|--to|--cluster|switchover|on|off)
      COMPREPLY=($(compgen -W "$(haprov completion names 2>/dev/null)" -- "$word"))
      return ;;
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _haprov haprov
`;
}

function zsh(entries: readonly Entry[]): string {
  const commands = entries.map(({ name, about }) => `    ${quoted(`${name}:${about.replaceAll(':', ' ')}`)}`);
  const cases = entries.map(({ name, options }) => `    ${name}) compadd -- ${options.join(' ')} ;;`);
  return `#compdef haprov
# haprov completion zsh: into a directory of $fpath as _haprov, or source <(haprov completion zsh)
_haprov() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[CURRENT-1] in
    -l|--limit|--to|--cluster|switchover|on|off)
      compadd -- \${(f)"$(haprov completion names 2>/dev/null)"}
      return ;;
  esac
  if [[ $words[CURRENT] != -* ]]; then
    _files
    return
  fi
  case $words[2] in
${cases.join('\n')}
  esac
}
compdef _haprov haprov
`;
}

function fish(entries: readonly Entry[]): string {
  const only = entries.map(
    ({ name, about }) => `complete -c haprov -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
  );
  const options = entries.flatMap(({ name, options }) =>
    options.map((option) => {
      const flag = option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`;
      return `complete -c haprov -n '__fish_seen_subcommand_from ${name}' ${flag}`;
    }),
  );
  const named = `complete -c haprov -n '__fish_seen_subcommand_from switchover maintenance' -a '(haprov completion names 2>/dev/null)'`;
  const limits = ['limit', 'to', 'cluster'].map(
    (option) => `complete -c haprov -l ${option} -x -a '(haprov completion names 2>/dev/null)'`,
  );
  return `# haprov completion fish: haprov completion fish > ~/.config/fish/completions/haprov.fish
${[...only, ...options, named, ...limits].join('\n')}
`;
}
