/** Names of the alerts that no rule of the configuration raises: no rule may have one of these. */
export const ownAlerts = ['decoy', 'campaign'] as const;
