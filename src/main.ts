import { toTerminal } from './cli/output.ts';
import { main } from './cli/program.ts';

// `xdpsentry blocks | head`, a log reader that went away, a full disk: no reason to end a sentry.
process.stdout.on('error', () => {});
process.exitCode = await main(process.argv.slice(2), toTerminal);
