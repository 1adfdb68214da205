import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import type { ScreenProps } from '../../app/routes';
import { href, navigate } from '../../app/router';
import { Objects } from './Objects';
import { PolicyEditor } from './PolicyEditor';

/** Bucket shows one bucket: its objects, folder by folder, and its policy. */
export default function Bucket({ params, place }: ScreenProps) {
  const bucket = params['bucket'] ?? '';
  const prefix = place.query.get('prefix') ?? '';
  const tab = place.query.get('tab') ?? 'objects';
  return (
    <SpaceBetween size="m">
      <Header variant="h1" description={`arn:aws:s3:::${bucket}`}>
        {bucket}
      </Header>
      <Tabs
        activeTabId={tab}
        ariaLabel="Views of the bucket"
        onChange={(e) => navigate(href('/buckets/:bucket', { bucket }, { prefix, tab: e.detail.activeTabId }))}
        tabs={[
          { id: 'objects', label: 'Objects', content: <Objects bucket={bucket} prefix={prefix} /> },
          { id: 'policy', label: 'Bucket policy', content: <PolicyEditor bucket={bucket} /> },
        ]}
      />
    </SpaceBetween>
  );
}
