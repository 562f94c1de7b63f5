import type { Command } from 'commander';
import type { Ports } from '../control/protocol.ts';
import { askSentry } from './ask-sentry.ts';
import { askingCommand } from './options.ts';
import { type Output, show, table } from './output.ts';

export function portsCommand(output: Output): Command {
  return askingCommand('ports')
    .description('monitored ports, and how often each was probed')
    .action(async ({ socket, json }: { socket: string; json?: true }) => {
      show(output, json, await askSentry(socket, { command: 'ports' }), describe);
    });
}

function describe({ monitored, forwarded, probed }: Ports): string {
  const byCount = [...probed].sort((a, b) => b.probes - a.probes);
  const rows = byCount.map(({ protocol, port, probes }) => [`${port}/${protocol}`, probes]);
  return [
    `monitored while no socket serves them: tcp ${monitored.tcp || 'none'}, udp ${monitored.udp || 'none'}, sctp ${monitored.sctp || 'none'}, IP protocols ${monitored.ip || 'none'}\n`,
    `forwarded, which count as served: tcp ${forwarded.tcp || 'none'}, udp ${forwarded.udp || 'none'}, sctp ${forwarded.sctp || 'none'}\n`,
    rows.length === 0 ? 'no probes yet\n' : table(['port', 'probes'], rows),
  ].join('');
}
