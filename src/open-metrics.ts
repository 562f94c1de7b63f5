import type { Policy } from './config/policy.ts';
import { serveMetrics } from './report/http.ts';
import type { Metrics } from './report/metrics.ts';

/** A portsentry.conf cannot say where metrics are to be found: that somebody else is there must not keep the sentry from starting. */
export async function openMetrics(metrics: Metrics, policy: Policy, warn: (text: string) => void) {
  try {
    return await serveMetrics(metrics, policy.metrics.host, policy.metrics.port);
  } catch (error) {
    if (!policy.portsentry) throw error;
    warn(`there are no metrics: ${(error as Error).message}`);
    return undefined;
  }
}
