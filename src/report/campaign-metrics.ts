import { Gauge, type Registry } from 'prom-client';

/** Ports that were tried lately by sources that no rule has caught, and from how many on that is a campaign; undefined: nobody looks. */
export type CampaignStatus = () => { readonly ports: number; readonly limit: number } | undefined;

/** How near it is to a campaign; nothing where nobody looks for one. */
export function registerCampaignMetrics(registry: Registry, campaign: CampaignStatus): void {
  const registers = [registry];
  const gauge = (name: string, help: string, of: 'ports' | 'limit') =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.reset();
        const value = campaign()?.[of];
        if (value !== undefined) this.set(value);
      },
    });
  gauge(
    'xdpsentry_unexplained_ports',
    'Distinct ports that were probed within the last hour by sources that no rule has caught; counted once a minute.',
    'ports',
  );
  gauge(
    'xdpsentry_unexplained_ports_limit',
    'The same from which on it is a campaign: what is usual in an hour, and the margin above it.',
    'limit',
  );
}
