import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultPolicy, loadPolicyWithNotes } from '../config/load.ts';
import type { Policy } from '../config/policy.ts';
import { SentryError } from '../errors.ts';
import { parseDuration } from '../values/duration.ts';
import { interfaceOption, toAbsolute } from './options.ts';
import type { Output } from './output.ts';
import { giveUpPrivileges } from './privileges.ts';

type RunOptions = {
  config?: string;
  interface?: readonly string[];
  observe?: true;
  enforce?: true;
  socket?: string;
  logFormat?: 'human' | 'json';
  json?: true;
  ephemeral?: true;
  confirm?: number | undefined;
};

export function runCommand(output: Output): Command {
  return new Command('run')
    .description('watch an interface; without a configuration: the one of the default route, observing')
    .option('-c, --config <file>', 'configuration file, YAML or portsentry.conf')
    .addOption(interfaceOption())
    .addOption(new Option('--observe', 'detect and report only').conflicts('enforce'))
    .option('--enforce', 'also block')
    .option('--socket <path>', 'control socket', toAbsolute)
    .addOption(new Option('--log-format <format>', 'how to log').choices(['human', 'json']))
    .option('--json', 'the same as --log-format json')
    .option('--ephemeral', 'pin nothing: whatever ends the process takes its program off the interface')
    .addOption(
      new Option(
        '--confirm <duration>',
        'let everybody in again after that time, like 2m, unless `xdpsentry confirm` is typed before; whatever has become of this process by then',
      )
        .argParser(parseConfirm)
        .conflicts('observe'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  xdpsentry run --interface eth0\n  xdpsentry run -c /etc/xdpsentry.yaml --enforce' +
        '\n  xdpsentry run -c /etc/xdpsentry.yaml --enforce --confirm 2m',
    )
    .action(async (options: RunOptions) => {
      const { policy, doubt } = policyOf(options);
      giveUpPrivileges(policy, output); // and begins anew, so nothing is told before
      if (doubt !== undefined) output.err(`xdpsentry: ${doubt}\n`);
      const { serve } = await import('./serve.ts'); // not before: most of the program is behind it
      let { confirm } = options; // of the start alone: a reload may well say that nothing is enforced any more
      const read = () => {
        const { policy: current } = policyOf({ ...options, confirm });
        confirm = undefined;
        return current;
      };
      await serve(read, output);
    });
}

/** Nobody types a confirmation faster than the one, or waits for longer than the other. */
const CONFIRM_MS = { min: 5_000, max: 86_400_000 };

function parseConfirm(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < CONFIRM_MS.min || ms > CONFIRM_MS.max)
    throw new InvalidArgumentError('Write it like 2m or 1h30m, from 5s to 24h.');
  return ms;
}

/** The file's policy, with what the command line says instead. */
function policyOf(options: RunOptions): { policy: Policy; doubt: string | undefined } {
  if (options.config === undefined) return { policy: changed(defaultPolicy(), options), doubt: undefined };
  const { policy, doubt } = loadPolicyWithNotes(options.config);
  return { policy: changed(policy, options), doubt };
}

function changed(policy: Policy, options: RunOptions): Policy {
  const { format, to } = policy.log;
  const mode = options.enforce ? 'enforce' : options.observe ? 'observe' : policy.mode;
  if (options.confirm !== undefined && mode === 'observe') {
    throw new SentryError(
      'XS_ERR_USAGE',
      `--confirm is for enforcement, and by ${policy.origin} the sentry observes; add --enforce`,
    );
  }
  return {
    ...policy,
    mode,
    confirmMs: options.confirm,
    interfaces: options.interface ?? policy.interfaces,
    socket: options.socket ?? policy.socket,
    isEphemeral: options.ephemeral ?? false,
    log: {
      ...policy.log,
      format: options.json ? 'json' : (options.logFormat ?? format),
      // A portsentry.conf means syslog, and says nothing of who sits before a terminal.
      to: format === 'portsentry' && !to.includes('stdout') ? [...to, 'stdout'] : to,
    },
  };
}
