import type { SentryError } from './errors.ts';
import type { DataPlane } from './kernel/data-plane.ts';

/**
 * Answers a function to be called now and then: when the interface has gone (a tunnel, a link that is made anew), it waits for one of
 * that name to come, and watches it. What is blocked and what is known of sources goes on.
 */
export function interfaceFollower(
  dataPlane: Pick<DataPlane, 'isAttached' | 'attach' | 'attachment'>,
  warn: (text: string) => void,
): () => void {
  const { interface: name } = dataPlane.attachment;
  /** Of what is in the way; undefined: it is watched. */
  let told: string | undefined;
  const tell = (text: string) => {
    if (text !== told) warn(text);
    told = text;
  };
  return () => {
    if (dataPlane.isAttached()) return;
    if (told === undefined) tell(`${name} has gone; it is watched again when it is back`);
    try {
      dataPlane.attach();
    } catch (error) {
      const { code, message } = error as SentryError;
      if (code !== 'XS_ERR_NO_INTERFACE') tell(`${name} is back, and not watched: ${message}`);
      return;
    }
    told = undefined;
    warn(`${name} is back, and watched again (XDP ${dataPlane.attachment.mode})`);
  };
}
