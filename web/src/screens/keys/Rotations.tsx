import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { when } from '../../components/format';
import { nameOf, underWay, type Usage } from './usage';

/** Rotations says which keys are being replaced. */
export function Rotations({ usage, onOpen }: { usage: Usage; onOpen: (id: string) => void }) {
  const replaced = usage.keys.flatMap((k) => (underWay(k) ? { key: k, rotation: underWay(k)! } : []));
  if (replaced.length === 0) return null;
  return (
    <SpaceBetween size="s">
      {replaced.map(({ key, rotation }) => (
        <Alert
          key={key.id}
          type="info"
          header={`${nameOf(key)} is being replaced by ${rotation.new}`}
          action={<Button onClick={() => onOpen(key.id)}>Go on</Button>}
        >
          {rotation.removeAfter
            ? `Both are trusted; the old one may be removed from ${when(rotation.removeAfter)} on.`
            : 'Both are trusted; no date is set for the old one.'}
        </Alert>
      ))}
    </SpaceBetween>
  );
}
