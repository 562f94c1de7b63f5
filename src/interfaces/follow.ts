import type { SentryError } from '../errors.ts';
import type { DataPlane } from '../kernel/data-plane.ts';
import type { WatchedInterfaces } from './watched.ts';

/**
 * Answers a function to be called now and then. When a named interface has gone (a tunnel, a link that is made anew), it waits for one of
 * that name to come, and watches it; those that patterns mean are watched as they come and go, and it says so when there is none left. What
 * is blocked and what is known of sources goes on.
 */
export function interfaceFollower(
  dataPlane: Pick<DataPlane, 'isAttached' | 'watch' | 'unwatch' | 'attachments'>,
  interfaces: () => Pick<WatchedInterfaces, 'named' | 'matched'>,
  warn: (text: string) => void,
): () => void {
  /** What was told last of an interface that is not watched. */
  const told = new Map<string, string>();
  const tell = (name: string, text: string) => {
    if (told.get(name) !== text) warn(text);
    told.set(name, text);
  };
  let isIdle = false;
  const modeOf = (name: string) => dataPlane.attachments.find((it) => it.interface === name)?.mode;

  const followNamed = (name: string) => {
    if (dataPlane.isAttached(name)) return;
    if (!told.has(name)) tell(name, `${name} has gone; it is watched again when it is back`);
    try {
      dataPlane.watch(name);
    } catch (error) {
      const { code, message } = error as SentryError;
      if (code !== 'XS_ERR_NO_INTERFACE') tell(name, `${name} is back, and not watched: ${message}`);
      return;
    }
    told.delete(name);
    warn(`${name} is back, and watched again (XDP ${modeOf(name)})`);
  };

  const followMatched = (name: string) => {
    if (dataPlane.isAttached(name)) return;
    try {
      dataPlane.watch(name);
      told.delete(name);
      warn(`${name} is watched, too (XDP ${modeOf(name)})`);
    } catch (error) {
      const { code, message } = error as SentryError;
      if (code !== 'XS_ERR_NO_INTERFACE') tell(name, `${name} is not watched: ${message}`);
    }
  };

  return () => {
    const { named, matched } = interfaces();
    const wanted = matched();
    for (const { interface: name } of dataPlane.attachments) {
      if (named.includes(name) || wanted.includes(name)) continue;
      const why = dataPlane.isAttached(name) ? 'is watched no longer' : 'has gone';
      dataPlane.unwatch(name);
      warn(`${name} ${why}`);
    }
    named.forEach(followNamed);
    wanted.forEach(followMatched);
    const wasIdle = isIdle;
    isIdle = dataPlane.attachments.length === 0;
    if (isIdle && !wasIdle) warn('no interface is watched: there is none of those that are meant');
    for (const name of told.keys()) if (!named.includes(name) && !wanted.includes(name)) told.delete(name);
  };
}
