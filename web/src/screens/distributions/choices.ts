import {
  ListCachePoliciesCommand,
  ListCloudFrontOriginAccessIdentitiesCommand,
  ListKeyGroupsCommand,
  ListOriginAccessControlsCommand,
  ListOriginRequestPoliciesCommand,
  ListResponseHeadersPoliciesCommand,
} from '@aws-sdk/client-cloudfront';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import type { SelectProps } from '@cloudscape-design/components/select';
import { useLoad, type Page } from '../../app/requests';
import type { Session } from '../../session/session';

/** Choices are the resources that a form offers to pick from. */
export interface Choices {
  keyGroups: SelectProps.Option[];
  cachePolicies: SelectProps.Option[];
  originRequestPolicies: SelectProps.Option[];
  responseHeadersPolicies: SelectProps.Option[];
  identities: SelectProps.Option[];
  accessControls: SelectProps.Option[];
  buckets: SelectProps.Option[];
}

/** all reads a listing to its end; pickers offer everything. */
async function all<T>(list: (marker?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let marker: string | undefined; ;) {
    const page = await list(marker);
    items.push(...page.items);
    marker = page.next;
    if (!marker) return items;
  }
}

function page<T>(l: { Items?: T[]; NextMarker?: string } | undefined): Page<T> {
  return { items: l?.Items ?? [], next: l?.NextMarker || undefined };
}

function policies({ cloudfront }: Session, abortSignal: AbortSignal) {
  const option = (id: string | undefined, name: string | undefined, type: string | undefined): SelectProps.Option => ({
    value: id,
    label: name,
    description: type === 'managed' ? 'managed' : undefined,
  });
  const o = { abortSignal };
  return Promise.all([
    all(async (Marker) => page((await cloudfront.send(new ListCachePoliciesCommand({ Marker }), o)).CachePolicyList)),
    all(async (Marker) =>
      page((await cloudfront.send(new ListOriginRequestPoliciesCommand({ Marker }), o)).OriginRequestPolicyList),
    ),
    all(async (Marker) =>
      page((await cloudfront.send(new ListResponseHeadersPoliciesCommand({ Marker }), o)).ResponseHeadersPolicyList),
    ),
  ]).then(([cache, request, headers]) => ({
    cachePolicies: cache.map((p) => option(p.CachePolicy?.Id, p.CachePolicy?.CachePolicyConfig?.Name, p.Type)),
    originRequestPolicies: request.map((p) =>
      option(p.OriginRequestPolicy?.Id, p.OriginRequestPolicy?.OriginRequestPolicyConfig?.Name, p.Type),
    ),
    responseHeadersPolicies: headers.map((p) =>
      option(p.ResponseHeadersPolicy?.Id, p.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig?.Name, p.Type),
    ),
  }));
}

/** readChoices reads everything that can be picked. */
async function readChoices(session: Session, abortSignal: AbortSignal): Promise<Choices> {
  const { cloudfront, s3 } = session;
  const o = { abortSignal };
  const [named, groups, identities, controls, buckets] = await Promise.all([
    policies(session, abortSignal),
    all(async (Marker) => page((await cloudfront.send(new ListKeyGroupsCommand({ Marker }), o)).KeyGroupList)),
    all(async (Marker) =>
      page(
        (await cloudfront.send(new ListCloudFrontOriginAccessIdentitiesCommand({ Marker }), o))
          .CloudFrontOriginAccessIdentityList,
      ),
    ),
    all(async (Marker) =>
      page((await cloudfront.send(new ListOriginAccessControlsCommand({ Marker }), o)).OriginAccessControlList),
    ),
    all(async (ContinuationToken) => {
      const answer = await s3.send(new ListBucketsCommand({ MaxBuckets: 1000, ContinuationToken }), o);
      return { items: answer.Buckets ?? [], next: answer.ContinuationToken };
    }),
  ]);
  return {
    ...named,
    keyGroups: groups.map(({ KeyGroup: g }) => ({ value: g?.Id, label: g?.KeyGroupConfig?.Name, description: g?.Id })),
    identities: identities.map((i) => ({ value: i.Id, label: i.Id, description: i.Comment })),
    accessControls: controls.map((c) => ({ value: c.Id, label: c.Name, description: c.Id })),
    buckets: buckets.map((b) => ({ value: b.Name, label: b.Name })),
  };
}

/** useChoices loads what the forms of this screen offer. */
export function useChoices() {
  return useLoad(readChoices, []);
}
