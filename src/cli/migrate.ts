import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadPortsentry } from '../config/load.ts';
import { noteLine } from '../config/portsentry/notes.ts';
import { toYaml } from '../config/portsentry/yaml.ts';
import { SentryError } from '../errors.ts';
import { plainly } from '../values/system-error.ts';
import { modesOption, type WithModes } from './options.ts';
import type { Output } from './output.ts';

type MigrateOptions = WithModes & { readonly config: string; readonly output?: string };

export function migrateCommand(output: Output): Command {
  return new Command('migrate')
    .description('write a portsentry.conf as the YAML file that does the same')
    .requiredOption('-c, --config <file>', 'portsentry.conf, of PortSentry 1.2 or 2.x')
    .addOption(modesOption())
    .option('-o, --output <file>', 'a new file to write (default: standard output)')
    .addHelpText(
      'after',
      [
        '\nExamples:',
        '  xdpsentry migrate -c /etc/portsentry/portsentry.conf -o /etc/xdpsentry.yaml',
        '  xdpsentry migrate -c portsentry.conf --modes stcp,sudp',
      ].join('\n'),
    )
    .action((options: MigrateOptions) => {
      const reading = loadPortsentry(options.config, { modes: options.modes });
      if (!reading)
        throw new SentryError('XS_ERR_USAGE', `${options.config} is YAML already, or no portsentry.conf`);
      const yaml = toYaml(reading, options.config);
      if (options.output === undefined) output.out(yaml);
      else writeNew(options.output, yaml);
      for (const note of reading.notes) output.err(`${noteLine(options.config, note)}\n`);
    });
}

/** Writes a file that is not there yet: what is there may be in use. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'there is such a file already' : plainly(cause);
    throw new SentryError('XS_ERR_OUTPUT', `${path}: ${why}`, { cause });
  }
}
