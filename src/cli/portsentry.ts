import { Command, InvalidArgumentError, Option } from 'commander';
import { loadPolicyWithNotes } from '../config/load.ts';
import type { LogPolicy, Policy } from '../config/policy.ts';
import { readInterfaces } from '../config/portsentry/interfaces.ts';
import type { PortsentryModes } from '../config/portsentry/modes.ts';
import { noteLine } from '../config/portsentry/notes.ts';
import type { Status } from '../control/protocol.ts';
import { SentryError, toSentryError } from '../errors.ts';
import { watchedInterfaces } from '../interfaces/watched.ts';
import type { InterfaceChoice } from '../values/interface-choice.ts';
import { reportFailure, reportReady, startInBackground } from './background.ts';
import { DEFAULT_SOCKET, toAbsolute } from './options.ts';
import type { Output } from './output.ts';
import { givePrivilegesAway, giveUpPrivileges } from './privileges.ts';
import { endRunning, runningModes } from './take-over.ts';

const DEFAULT_CONFIG = '/etc/portsentry/portsentry.conf';

/** Arguments of PortSentry 1.2, words with one dash, by protocol. */
const classicModes = { tcp: ['tcp', 'stcp', 'atcp'], udp: ['udp', 'sudp', 'audp'] } as const;
const allClassicModes = [...classicModes.tcp, ...classicModes.udp];

type Options = Partial<Record<(typeof allClassicModes)[number] | 'stealth' | 'connect', true>> & {
  configfile: string;
  interface?: InterfaceChoice;
  logoutput?: readonly string[];
  daemon?: true;
  foreground?: true;
  /** Nobody sees standard output. */
  behind?: true;
  debug?: true;
  verbose?: true;
  socket: string;
};

/** `-atcp` as commander can read it: `--atcp`. */
export const withTwoDashes = (argv: readonly string[]): string[] =>
  argv.map((word) => (allClassicModes.some((mode) => word === `-${mode}`) ? `-${word}` : word));

export function portsentryCommand(output: Output): Command {
  const command = new Command('portsentry').description(
    'start as PortSentry would: its arguments, its configuration, its files, its log lines',
  );
  for (const mode of allClassicModes) command.option(`--${mode}`, `mode -${mode} of PortSentry 1.2`);
  return command
    .addOption(
      new Option('--stealth', 'mode of PortSentry 2: ports that nobody serves').conflicts([
        'connect',
        ...allClassicModes,
      ]),
    )
    .addOption(
      new Option('--connect', 'mode of PortSentry 2: ports that are listened at').conflicts(allClassicModes),
    )
    .option('-c, --configfile <file>', 'configuration file', toAbsolute, DEFAULT_CONFIG)
    .option(
      '-i, --interface <name>',
      'network interface, ALL or ALL_NLO; may be given several times (default: the one of the default route)',
      addInterface,
    )
    .option('-l, --logoutput <place>', 'where to log: stdout or syslog; may be given twice', addPlace)
    .option('-D, --daemon', 'go to the background, as PortSentry 1.2 always does')
    .option('--foreground', 'stay in the foreground, where the log goes to standard output, too')
    .option('-d, --debug', 'log everything')
    .option('-v, --verbose', 'the same as --debug')
    .option('-m, --method <method>', 'without effect: packets are seen by XDP')
    .option('-L, --disable-local-check', 'without effect: own addresses are never blocked')
    .option('-S, --disable-service-check', 'without effect: what a service is there for is no scan')
    .addOption(new Option('--behind', 'in the background: log to syslog alone').hideHelp())
    .option('--socket <path>', 'control socket', toAbsolute, DEFAULT_SOCKET)
    .addHelpText(
      'after',
      '\nExamples:\n  portsentry -atcp && portsentry -audp        both modes, in one process\n  portsentry --stealth -c portsentry.conf     in the foreground',
    )
    .action(async (options: Options) => {
      const isClassic = allClassicModes.some((mode) => options[mode]);
      if ((isClassic || options.daemon) && !options.foreground) await startBehind(options, output);
      else await start(options, output);
    });
}

/** Says what is wrong with command line and file while somebody is there to read it, and goes on in the background. */
async function startBehind(options: Options, output: Output): Promise<void> {
  const running = await runningModes(options.socket);
  const policy = policyOf(options, running, (warning) => output.err(`xdpsentry: ${warning}\n`));
  givePrivilegesAway(policy);
  const paths = ['--configfile', options.configfile, '--socket', options.socket]; // it works in / there
  await startInBackground([...process.argv.slice(2), ...paths, '--foreground', '--behind']);
}

/** Runs in the foreground, and takes the place of a sentry that runs as PortSentry already. */
async function start(options: Options, output: Output): Promise<void> {
  let hasEnded = false;
  try {
    const running = await runningModes(options.socket);
    const warnings: string[] = [];
    const read = () => policyOf(options, running, (warning) => warnings.push(warning));
    try {
      const policy = read();
      watchedInterfaces(policy); // a slip of the finger must not cost the sentry that runs
      giveUpPrivileges(policy, output); // and begins anew, so nothing is told before
    } finally {
      for (const warning of warnings.splice(0)) output.err(`xdpsentry: ${warning}\n`);
    }
    if (running) {
      output.out(
        `taking over from the sentry that runs in ${[running.tcp, running.udp].filter(Boolean).join(' and ')}\n`,
      );
      await endRunning(options.socket, { leaves: true }); // whom it keeps out stays out
    }
    hasEnded = running !== undefined;
    process.title = 'portsentry';
    const { serve } = await import('./serve.ts');
    await serve(read, output, { onReady: reportReady });
  } catch (cause) {
    const { code, detail } = toSentryError(cause);
    const error = new SentryError(
      code,
      hasEnded
        ? `${detail}; and the one that ran before has ended: its program goes on until the next start or \`xdpsentry detach\``
        : detail,
      { cause },
    );
    reportFailure(error);
    throw error;
  }
}

/** The file's policy in the modes that are asked for, with what the command line says instead. */
function policyOf(
  options: Options,
  running: Status['modes'] | undefined,
  warn: (text: string) => void,
): Policy {
  const modes = wantedModes(options, running ?? undefined);
  const { policy, notes, doubt } = loadPolicyWithNotes(options.configfile, modes && { modes });
  if (doubt !== undefined) warn(doubt);
  for (const note of notes) if (note.kind === 'warning') warn(noteLine(options.configfile, note));
  const { interfaces, log } = policy;
  const level = options.debug || options.verbose ? 'debug' : log.level;
  const to = options.behind ? ['syslog'] : (options.logoutput ?? placesOf(log));
  return {
    ...policy,
    interfaces: options.interface ?? interfaces,
    socket: options.socket,
    log: { ...log, level, to },
  };
}

/** The modes asked for; what runs already in the other protocol goes on. None asked for: what file and service say. */
function wantedModes(options: Options, running: Status['modes'] | undefined): PortsentryModes | undefined {
  if (options.stealth) return { tcp: 'stealth', udp: 'stealth' };
  if (options.connect) return { tcp: 'connect', udp: 'connect' };
  const [tcp, udp] = [oneOf(classicModes.tcp, options), oneOf(classicModes.udp, options)];
  if (!tcp && !udp) return undefined;
  return {
    tcp: tcp ?? classicModes.tcp.find((mode) => mode === running?.tcp),
    udp: udp ?? classicModes.udp.find((mode) => mode === running?.udp),
  };
}

function oneOf<M extends (typeof allClassicModes)[number]>(
  modes: readonly M[],
  options: Options,
): M | undefined {
  const [mode, other] = modes.filter((candidate) => options[candidate]);
  if (other) throw new SentryError('XS_ERR_USAGE', `-${mode} and -${other} are two modes of one protocol`);
  return mode;
}

/** Who stays in the foreground wants to see something. */
const placesOf = ({ to }: LogPolicy): readonly string[] => (to.includes('stdout') ? to : [...to, 'stdout']);

function addInterface(text: string, before: InterfaceChoice = []): InterfaceChoice {
  const choice = readInterfaces(text);
  if (!choice)
    throw new InvalidArgumentError('Write a name as in `ip link`, a pattern like eth*, ALL or ALL_NLO.');
  return [...before, ...choice];
}

function addPlace(place: string, places: readonly string[] = []): readonly string[] {
  if (place !== 'stdout' && place !== 'syslog') throw new InvalidArgumentError('Write stdout or syslog.');
  return [...new Set([...places, place])];
}
