import { Command, Option } from 'commander';
import { defaultPolicy, loadPolicyWithNotes } from '../config/load.ts';
import type { Policy } from '../config/policy.ts';
import { toAbsolute } from './options.ts';
import type { Output } from './output.ts';
import { giveUpPrivileges } from './privileges.ts';

type RunOptions = {
  config?: string;
  interface?: string;
  observe?: true;
  enforce?: true;
  socket?: string;
  logFormat?: 'human' | 'json';
  json?: true;
  ephemeral?: true;
};

export function runCommand(output: Output): Command {
  return new Command('run')
    .description('watch an interface; without a configuration: the one of the default route, observing')
    .option('-c, --config <file>', 'configuration file, YAML or portsentry.conf')
    .option('--interface <name>', 'network interface')
    .addOption(new Option('--observe', 'detect and report only').conflicts('enforce'))
    .option('--enforce', 'also block')
    .option('--socket <path>', 'control socket', toAbsolute)
    .addOption(new Option('--log-format <format>', 'how to log').choices(['human', 'json']))
    .option('--json', 'the same as --log-format json')
    .option('--ephemeral', 'pin nothing: whatever ends the process takes its program off the interface')
    .addHelpText(
      'after',
      '\nExamples:\n  xdpsentry run --interface eth0\n  xdpsentry run -c /etc/xdpsentry.yaml --enforce',
    )
    .action(async (options: RunOptions) => {
      const { policy, doubt } = policyOf(options);
      giveUpPrivileges(policy, output); // and begins anew, so nothing is told before
      if (doubt !== undefined) output.err(`xdpsentry: ${doubt}\n`);
      const { serve } = await import('./serve.ts'); // not before: most of the program is behind it
      await serve(policy, output);
    });
}

/** The file's policy, with what the command line says instead. */
function policyOf(options: RunOptions): { policy: Policy; doubt: string | undefined } {
  if (options.config === undefined) return { policy: changed(defaultPolicy(), options), doubt: undefined };
  const { policy, doubt } = loadPolicyWithNotes(options.config);
  return { policy: changed(policy, options), doubt };
}

function changed(policy: Policy, options: RunOptions): Policy {
  const { format, to } = policy.log;
  return {
    ...policy,
    mode: options.enforce ? 'enforce' : options.observe ? 'observe' : policy.mode,
    interface: options.interface ?? policy.interface,
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
