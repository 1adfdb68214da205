import { ListDistributionsCommand, type DistributionSummary } from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { usePages, usePolling } from '../../app/requests';
import { href } from '../../app/router';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import { Status } from './Status';

/** Distributions lists the distributions of the account. */
export default function Distributions() {
  const pages = usePages<DistributionSummary>(async ({ cloudfront }, Marker, abortSignal) => {
    const { DistributionList: l } = await cloudfront.send(new ListDistributionsCommand({ Marker, MaxItems: 100 }), {
      abortSignal,
    });
    return { items: l?.Items ?? [], next: l?.NextMarker || undefined };
  }, []);
  usePolling(!!pages.data?.some((d) => d.Status !== 'Deployed'), pages.loading, pages.reload);
  return (
    <ResourceTable
      title="Distributions"
      description="A distribution delivers what its origins hold, under a domain name of its own and by your rules."
      pages={pages}
      id={(d) => d.Id ?? ''}
      text={(d) =>
        [d.Id, d.Comment, d.DomainName, ...(d.Aliases?.Items ?? []), ...(d.Origins?.Items ?? []).map((o) => o.DomainName)].join(
          ' ',
        )
      }
      columns={[
        {
          id: 'id',
          header: 'Id',
          cell: (d) => <Link href={href('/distributions/:id', { id: d.Id ?? '' })}>{d.Id}</Link>,
          sortingField: 'Id',
          isRowHeader: true,
        },
        { id: 'comment', header: 'Description', cell: (d) => d.Comment || '–', sortingField: 'Comment' },
        { id: 'domain', header: 'Domain name', cell: (d) => [d.DomainName, ...(d.Aliases?.Items ?? [])].join(', ') },
        { id: 'origin', header: 'Origins', cell: (d) => (d.Origins?.Items ?? []).map((o) => o.DomainName).join(', ') },
        { id: 'status', header: 'Status', cell: (d) => <Status enabled={d.Enabled} status={d.Status} />, sortingField: 'Status' },
        { id: 'modified', header: 'Last modified', cell: (d) => when(d.LastModifiedTime), sortingField: 'LastModifiedTime' },
      ]}
      empty="No distributions yet. Create one, or let Start guide you."
      actions={[
        <Button key="create" variant="primary" href={href('/distributions/create')}>
          Create distribution
        </Button>,
      ]}
    />
  );
}
