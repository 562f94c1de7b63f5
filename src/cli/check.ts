import { Command } from 'commander';
import { describePolicy, policyToJson } from '../config/describe.ts';
import { defaultPolicy, type LoadedPolicy, loadPolicyWithNotes } from '../config/load.ts';
import { deviationsFrom } from '../config/portsentry/deviations.ts';
import { type Note, noteLine } from '../config/portsentry/notes.ts';
import { warningsAbout } from '../config/warnings.ts';
import { SentryError } from '../errors.ts';
import { isForwarding } from '../host/forwarding.ts';
import type { ForwardedPorts } from '../served/findings.ts';
import { altogether } from '../served/forwarded.ts';
import { forwardedByThisHost } from '../served/of-this-host.ts';
import { type Doubtful, doubtsAbout, forwardedWords, portTexts } from '../served/words.ts';
import { jsonOption, modesOption, type WithModes } from './options.ts';
import { type Output, show } from './output.ts';

type CheckOptions = WithModes & { readonly config?: string; readonly json?: true };

export function checkCommand(output: Output): Command {
  return new Command('check')
    .description(
      'read a configuration and say what it makes the sentry do; changes nothing, and warnings do not make it fail',
    )
    .argument('[file]', 'the same as --config')
    .option(
      '-c, --config <file>',
      'configuration file, YAML or portsentry.conf (default: the built-in policy)',
    )
    .addOption(modesOption())
    .addOption(jsonOption())
    .action(async (file: string | undefined, { config = file, modes, json }: CheckOptions) => {
      if (file !== undefined && file !== config)
        throw new SentryError('XS_ERR_USAGE', `${file} and ${config}: one file at a time`);
      const loaded: LoadedPolicy =
        config === undefined
          ? { policy: defaultPolicy(), format: 'yaml', notes: [], doubt: undefined }
          : loadPolicyWithNotes(config, { modes });
      const forwarded = await forwardedByThisHost();
      const { ports, unread } = altogether(forwarded.found.values());
      const failures = isForwarding() ? forwarded.failures : [];
      const warned = withWarnings(loaded, { unread, failures });
      const facts = { ...toJson(warned), forwarded: portTexts(ports) };
      show(output, json, facts, () => `${inWords(warned, ports).join('\n')}\n`);
    });
}

/** With what shows only when one looks at the policy as a whole, and at this machine. */
const withWarnings = (loaded: LoadedPolicy, doubtful: Doubtful): LoadedPolicy => {
  const doubts = loaded.doubt === undefined ? [] : [loaded.doubt];
  const texts = [...doubts, ...warningsAbout(loaded.policy), ...doubtsAbout(doubtful)];
  const more = texts.map((text): Note => ({ line: 0, kind: 'warning', text }));
  return { ...loaded, notes: [...loaded.notes, ...more] };
};

const deviations = ({ format, policy }: LoadedPolicy) =>
  format === 'portsentry' ? deviationsFrom(policy) : [];

const toJson = (loaded: LoadedPolicy) => ({
  ...policyToJson(loaded.policy),
  notes: loaded.notes,
  deviations: deviations(loaded).map(({ id, what }) => ({ id, what })),
});

/** What the policy does; of a portsentry.conf also what is wrong with it, and where PortSentry would do otherwise. */
function inWords(loaded: LoadedPolicy, forwarded: ForwardedPorts): string[] {
  const { policy, notes } = loaded;
  const of = (kind: Note['kind']) => notes.filter((note) => note.kind === kind);
  const warnings = of('warning').map((note) => noteLine(policy.origin, note));
  const differences = [
    ...of('difference').map(({ line, text }) => (line === 0 ? text : `line ${line}: ${text}`)),
    ...deviations(loaded).map(({ what }) => what),
  ];
  const version = policy.portsentry?.style === '2' ? '2.x' : '1.2';
  return [
    ...describePolicy(policy),
    ...forwardedWords(forwarded),
    ...(warnings.length > 0 ? ['', 'Warnings:', ...warnings] : []),
    ...(differences.length > 0 ? ['', `Differences from PortSentry ${version}:`] : []),
    ...differences.map((difference) => `- ${difference}`),
  ];
}
