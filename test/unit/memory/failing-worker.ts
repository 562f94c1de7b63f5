/** The thread of the memory, on which neither trails nor what is known of campaigns can be read the first time. */
import { Database } from '../../../src/store/memory/database.ts';

const { campaign, trailsAfter } = Database.prototype;
Database.prototype.campaign = () => {
  Database.prototype.campaign = campaign;
  throw new Error('EIO: i/o error');
};
Database.prototype.trailsAfter = () => {
  Database.prototype.trailsAfter = trailsAfter;
  throw new Error('EIO: i/o error');
};
await import('../../../src/memory-worker.ts');
