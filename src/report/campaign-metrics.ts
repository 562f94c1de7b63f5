import { Gauge, type Registry } from 'prom-client';

type Measure = { readonly count: number; readonly limit: number };

/** Ports that were tried lately by sources that no rule has caught, and from how many on that is a campaign; undefined: nobody looks. */
export type CampaignStatus = () => { readonly all: Measure; readonly rare: Measure } | undefined;

/** How near it is to a campaign; nothing where nobody looks for one. */
export function registerCampaignMetrics(registry: Registry, campaign: CampaignStatus): void {
  const registers = [registry];
  const gauge = (name: string, help: string, of: 'all' | 'rare', figure: keyof Measure) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.reset();
        const value = campaign()?.[of][figure];
        if (value !== undefined) this.set(value);
      },
    });
  gauge(
    'xdpsentry_unexplained_ports',
    'Distinct ports that were probed within the last hour by sources that no rule has caught; counted once a minute.',
    'all',
    'count',
  );
  gauge(
    'xdpsentry_unexplained_ports_limit',
    'The same from which on it is a campaign: what is usual in an hour, and the margin above it.',
    'all',
    'limit',
  );
  gauge(
    'xdpsentry_unexplained_rare_ports',
    'The same ports, each by how rare it is: one that nobody has ever tried counts 1, one that was tried before the less.',
    'rare',
    'count',
  );
  gauge(
    'xdpsentry_unexplained_rare_ports_limit',
    'The same by how rare they are from which on it is a campaign.',
    'rare',
    'limit',
  );
}
