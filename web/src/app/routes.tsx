import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { Params, Place } from './router';

/** ScreenProps is what every screen gets. */
export interface ScreenProps {
  params: Params;
  place: Place;
}

/** Route is one screen. Screens are loaded when they are first visited. */
export interface Route {
  pattern: string;
  title: string;
  /** section of the side navigation; a route without one is reached from its parent. */
  section?: 'Set up' | 'Content' | 'Access' | 'Watch';
  /** parent is the pattern of the route above, for the breadcrumbs. */
  parent?: string;
  screen: LazyExoticComponent<ComponentType<ScreenProps>>;
}

/** routes are all screens, in the order of the side navigation. The first is the default. */
export const routes: Route[] = [
  { pattern: '/start', title: 'Start', section: 'Set up', screen: lazy(() => import('../screens/start/Start')) },
  { pattern: '/buckets', title: 'Buckets', section: 'Content', screen: lazy(() => import('../screens/buckets/Buckets')) },
  { pattern: '/buckets/:bucket', title: 'Bucket', parent: '/buckets', screen: lazy(() => import('../screens/buckets/Bucket')) },
  {
    pattern: '/distributions',
    title: 'Distributions',
    section: 'Content',
    screen: lazy(() => import('../screens/distributions/Distributions')),
  },
  {
    pattern: '/distributions/create',
    title: 'Create distribution',
    parent: '/distributions',
    screen: lazy(() => import('../screens/distributions/CreateDistribution')),
  },
  {
    pattern: '/distributions/:id',
    title: 'Distribution',
    parent: '/distributions',
    screen: lazy(() => import('../screens/distributions/Distribution')),
  },
  { pattern: '/keys', title: 'Keys', section: 'Access', screen: lazy(() => import('../screens/keys/Keys')) },
  { pattern: '/sign', title: 'Sign', section: 'Access', screen: lazy(() => import('../screens/sign/Sign')) },
  { pattern: '/explain', title: 'Explain', section: 'Access', screen: lazy(() => import('../screens/sign/Explain')) },
  { pattern: '/overview', title: 'Overview', section: 'Watch', screen: lazy(() => import('../screens/watch/Overview')) },
  { pattern: '/tail', title: 'Live tail', section: 'Watch', screen: lazy(() => import('../screens/watch/Tail')) },
];
