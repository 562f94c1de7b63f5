import { Gauge, type Registry } from 'prom-client';

/** Whether the sentry goes by the policy that stands in its file, in the names that Prometheus itself uses for that. */
export class PolicyMetrics {
  readonly #isCurrent: Gauge;
  readonly #since: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#isCurrent = new Gauge({
      name: 'xdpsentry_config_last_reload_successful',
      help: '1 unless the last reload has failed: then the policy of before is in force, and not what the file says.',
      registers,
    });
    this.#since = new Gauge({
      name: 'xdpsentry_config_last_reload_success_timestamp_seconds',
      help: 'When the policy in force was read: at the start, or by the last reload that has not failed.',
      registers,
    });
    this.note(true);
  }

  /** The policy was read, and is in force; or not. */
  note(isInForce: boolean): void {
    this.#isCurrent.set(isInForce ? 1 : 0);
    if (isInForce) this.#since.set(Math.round(Date.now() / 1000));
  }
}
