import { useState } from 'react';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import type { ScreenProps } from '../../app/routes';
import { href, navigate } from '../../app/router';
import { ProblemAlert } from '../../components/ProblemAlert';
import { KeyGroups } from './KeyGroups';
import { KeyPairs } from './KeyPairs';
import { PublicKeys } from './PublicKeys';
import { RotateKey } from './RotateKey';
import { Rotations } from './Rotations';
import { useUsage, type Usage } from './usage';

/** KeyTableProps are what the tables of keys are given: their use, and how many changes there were that they do not know of. */
export interface KeyTableProps {
  usage: Usage;
  changes: number;
  onRotate: (id: string) => void;
}

/** Keys shows what may sign: public keys, the groups distributions trust, legacy key pairs. */
export default function Keys({ place }: ScreenProps) {
  const usage = useUsage();
  const [rotating, setRotating] = useState<string>();
  const [changes, setChanges] = useState(0);
  const status = rotating === undefined ? undefined : usage.of(rotating);
  const table = { usage, changes, onRotate: setRotating };
  return (
    <SpaceBetween size="m">
      <Header variant="h1" description="Private keys are made in this browser and never leave it, but as files for you.">
        Keys
      </Header>
      {usage.error !== undefined && (
        <ProblemAlert
          title="What edges see of the keys is not known"
          thrown={usage.error}
          action={<Button onClick={usage.reload}>Try again</Button>}
        />
      )}
      <Rotations usage={usage} onOpen={setRotating} />
      <Tabs
        activeTabId={place.query.get('tab') ?? 'public-keys'}
        ariaLabel="Kinds of keys"
        onChange={(e) => navigate(href('/keys', {}, { tab: e.detail.activeTabId }))}
        tabs={[
          { id: 'public-keys', label: 'Public keys', content: <PublicKeys {...table} /> },
          { id: 'key-groups', label: 'Key groups', content: <KeyGroups changes={changes} /> },
          { id: 'key-pairs', label: 'Key pairs (legacy)', content: <KeyPairs {...table} /> },
        ]}
      />
      {status && (
        <RotateKey
          status={status}
          usage={usage}
          onChanged={() => setChanges((n) => n + 1)}
          onDismiss={() => setRotating(undefined)}
        />
      )}
    </SpaceBetween>
  );
}
