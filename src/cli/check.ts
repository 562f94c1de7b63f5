import { Command } from 'commander';
import { describePolicy, policyToJson } from '../config/describe.ts';
import { defaultPolicy, loadPolicy } from '../config/load.ts';
import { jsonOption } from './options.ts';
import { type Output, show } from './output.ts';

export function checkCommand(output: Output): Command {
  return new Command('check')
    .description('read a configuration and say what it makes the sentry do; changes nothing')
    .option('-c, --config <file>', 'configuration file (default: the built-in policy)')
    .addOption(jsonOption())
    .action((options: { config?: string; json?: true }) => {
      const policy = options.config === undefined ? defaultPolicy() : loadPolicy(options.config);
      show(output, options.json, policyToJson(policy), () => `${describePolicy(policy).join('\n')}\n`);
    });
}
