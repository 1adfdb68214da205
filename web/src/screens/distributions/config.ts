import type {
  CacheBehavior,
  CustomErrorResponse,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';

/** Behavior is any of a distribution's behaviors; the default one has no path pattern. */
export type Behavior = DefaultCacheBehavior & { PathPattern?: string };

/** list writes the API's form of a list. */
export function list<T>(items: T[]): { Quantity: number; Items?: T[] } {
  return items.length ? { Quantity: items.length, Items: items } : { Quantity: 0 };
}

/** behaviors are those with a path pattern, in the order in which they are matched. */
export function behaviors(c: DistributionConfig): CacheBehavior[] {
  return c.CacheBehaviors?.Items ?? [];
}

/** withBehaviors replaces the behaviors with a path pattern. */
export function withBehaviors(c: DistributionConfig, items: CacheBehavior[]): DistributionConfig {
  return { ...c, CacheBehaviors: list(items) };
}

/** withBehavior puts a behavior at its place; one without a pattern is the default, and no place is the end. */
export function withBehavior(c: DistributionConfig, b: Behavior, index?: number): DistributionConfig {
  if (b.PathPattern === undefined) return { ...c, DefaultCacheBehavior: b };
  const all = [...behaviors(c)];
  all.splice(index ?? all.length, index === undefined ? 0 : 1, b as CacheBehavior);
  return withBehaviors(c, all);
}

/** moved is a list in which one item has changed its place. */
export function moved<T>(items: readonly T[], from: number, to: number): T[] {
  const all = [...items];
  all.splice(to, 0, ...all.splice(from, 1));
  return all;
}

/** without is a list without one of its items. */
export function without<T>(items: readonly T[], index: number): T[] {
  return items.filter((_, i) => i !== index);
}

/** withOrigin puts an origin in place of the one that had the id before, and lets all that named it follow. */
export function withOrigin(c: DistributionConfig, origin: Origin, before?: string): DistributionConfig {
  const all = c.Origins?.Items ?? [];
  const items = before === undefined ? [...all, origin] : all.map((o) => (o.Id === before ? origin : o));
  const renamed = { ...c, Origins: { Quantity: items.length, Items: items } };
  if (before === undefined || before === origin.Id) return renamed;
  const follow = <B extends Behavior>(b: B): B => (b.TargetOriginId === before ? { ...b, TargetOriginId: origin.Id } : b);
  const groups = (c.OriginGroups?.Items ?? []).map((g) => ({
    ...g,
    Members: { Quantity: 2, Items: g.Members?.Items?.map((m) => (m.OriginId === before ? { OriginId: origin.Id } : m)) },
  }));
  return {
    ...withBehaviors(renamed, behaviors(c).map(follow)),
    DefaultCacheBehavior: follow(c.DefaultCacheBehavior!),
    OriginGroups: list(groups),
  };
}

/** withoutOrigin takes an origin away. */
export function withoutOrigin(c: DistributionConfig, id: string): DistributionConfig {
  const items = (c.Origins?.Items ?? []).filter((o) => o.Id !== id);
  return { ...c, Origins: { Quantity: items.length, Items: items } };
}

/** withErrors replaces the custom error responses. */
export function withErrors(c: DistributionConfig, items: CustomErrorResponse[]): DistributionConfig {
  return { ...c, CustomErrorResponses: list(items) };
}

/** targets are the ids a behavior may forward to: origins, and groups of them. */
export function targets(c: DistributionConfig): string[] {
  return [...(c.Origins?.Items ?? []).map((o) => o.Id!), ...(c.OriginGroups?.Items ?? []).map((g) => g.Id!)];
}

/** restriction says whom a behavior trusts to sign. */
export function restriction(b: Behavior): string {
  const groups = b.TrustedKeyGroups?.Enabled ? (b.TrustedKeyGroups.Items ?? []) : [];
  const signers = b.TrustedSigners?.Enabled ? (b.TrustedSigners.Items ?? []) : [];
  if (!groups.length && !signers.length) return 'Anyone';
  const parts = [];
  if (signers.length) parts.push(`trusted signers: ${signers.join(', ')}`);
  if (groups.length) parts.push(`key groups: ${groups.join(', ')}`);
  return `Signed only, by ${parts.join('; ')}`;
}

/** bucketOf names the bucket of an S3 origin: `films` of `films.s3.us-east-1.amazonaws.com`. */
export function bucketOf(o: Origin): string | undefined {
  if (!o.S3OriginConfig) return undefined;
  return /^(.+)\.s3[.-]/.exec(o.DomainName ?? '')?.[1];
}
