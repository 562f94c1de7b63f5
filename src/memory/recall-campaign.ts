import type { Recollection } from '../store/memory/recollection.ts';
import type { Together } from '../together.ts';
import { campaignMemory } from './campaign-row.ts';

export type RecallCampaignParts = {
  readonly campaigns: Pick<Together, 'restoreCampaign'>;
  readonly nowNs: () => number;
  readonly warn: (text: string) => void;
};

/** Reads what earlier runs have learned of the place, and what was tried lately. Answers a function that gives it back. */
export async function recallCampaign(
  memory: Pick<Recollection, 'campaign'>,
  { campaigns, nowNs, warn }: RecallCampaignParts,
): Promise<() => void> {
  const row = await memory.campaign();
  return () => {
    if (!row || row.atNs > nowNs()) return;
    const known = campaignMemory(row);
    if (known) campaigns.restoreCampaign(known, nowNs());
    else
      warn('what the memory knows of campaigns cannot be read, and is let go: what is usual is learned anew');
  };
}
