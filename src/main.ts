import { toTerminal } from './cli/output.ts';
import { main } from './cli/program.ts';

// `xdpsentry blocks | head`, a log reader or terminal that went away, a full disk: no reason to end a sentry.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.exitCode = await main(process.argv.slice(2), toTerminal);
