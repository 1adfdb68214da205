import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import type { ScreenProps } from '../../app/routes';
import { href, navigate } from '../../app/router';
import { KeyGroups } from './KeyGroups';
import { KeyPairs } from './KeyPairs';
import { PublicKeys } from './PublicKeys';

/** Keys shows what may sign: public keys, the groups distributions trust, legacy key pairs. */
export default function Keys({ place }: ScreenProps) {
  return (
    <SpaceBetween size="m">
      <Header variant="h1" description="Private keys are made in this browser and never leave it, but as files for you.">
        Keys
      </Header>
      <Tabs
        activeTabId={place.query.get('tab') ?? 'public-keys'}
        ariaLabel="Kinds of keys"
        onChange={(e) => navigate(href('/keys', {}, { tab: e.detail.activeTabId }))}
        tabs={[
          { id: 'public-keys', label: 'Public keys', content: <PublicKeys /> },
          { id: 'key-groups', label: 'Key groups', content: <KeyGroups /> },
          { id: 'key-pairs', label: 'Key pairs (legacy)', content: <KeyPairs /> },
        ]}
      />
    </SpaceBetween>
  );
}
