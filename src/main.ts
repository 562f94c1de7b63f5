import { toTerminal } from './cli/output.ts';
import { main } from './cli/program.ts';

// `xdpsentry blocks | head`, or a log reader that went away: no reason to end a sentry.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2), toTerminal);
