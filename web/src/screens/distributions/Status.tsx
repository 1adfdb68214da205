import StatusIndicator from '@cloudscape-design/components/status-indicator';

/** Status says whether a distribution serves viewers, and whether every edge knows it as it is. */
export function Status({ enabled, status }: { enabled?: boolean; status?: string }) {
  if (status !== 'Deployed')
    return <StatusIndicator type="in-progress">{enabled ? 'Enabled' : 'Disabled'}, InProgress</StatusIndicator>;
  return enabled ? (
    <StatusIndicator>Enabled, Deployed</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">Disabled, Deployed</StatusIndicator>
  );
}
