import { Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import BreadcrumbGroup, { type BreadcrumbGroupProps } from '@cloudscape-design/components/breadcrumb-group';
import Box from '@cloudscape-design/components/box';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import { useSession } from '../session/session';
import { UploadsProvider } from '../uploads/queue';
import { roughly } from '../components/format';
import { FlashProvider, useFlash } from './flash';
import { Failsafe } from './Failsafe';
import { href, match, usePlace, type Params, type Place } from './router';
import { routes, type Route } from './routes';
import { TopBar } from './TopBar';

/** SignedIn is the page after the sign-in: navigation around one screen. */
export function SignedIn() {
  const session = useSession();
  const place = usePlace();
  const [navigationOpen, setNavigationOpen] = useState(matchMedia('(min-width: 900px)').matches);
  const { route, params } = find(place);
  return (
    <>
      <TopBar accessKeyId={session.accessKeyId} signOut={session.end} />
      <UploadsProvider>
        <FlashProvider>
          {(bar) => (
            <AppLayoutToolbar
              headerSelector="#top-bar"
              toolsHide
              navigationOpen={navigationOpen}
              onNavigationChange={(e) => setNavigationOpen(e.detail.open)}
              navigation={<Navigation route={route} />}
              breadcrumbs={<BreadcrumbGroup items={breadcrumbs(route, params)} ariaLabel="Breadcrumbs" />}
              notifications={bar}
              stickyNotifications
              ariaLabels={{
                navigation: 'Screens',
                navigationToggle: 'Open navigation',
                navigationClose: 'Close navigation',
                notifications: 'Messages',
              }}
              content={
                <>
                  <ClockNotice />
                  <Failsafe key={route.pattern + JSON.stringify(params)}>
                    <Suspense fallback={<Loading />}>
                      <route.screen params={params} place={place} />
                    </Suspense>
                  </Failsafe>
                </>
              }
            />
          )}
        </FlashProvider>
      </UploadsProvider>
    </>
  );
}

/** ClockNotice says when this computer's clock is so wrong that the server's is signed by. */
function ClockNotice() {
  const { clock } = useSession();
  const flash = useFlash();
  const offset = useSyncExternalStore(clock.subscribe, () => clock.offset);
  useEffect(() => {
    if (offset === 0) return;
    const how = `${roughly(Math.abs(offset))} ${offset > 0 ? 'behind' : 'ahead of'} the server’s`;
    flash.info(
      `This computer’s clock is ${how}. Requests are signed by the server’s time; dates that you enter are this clock’s.`,
    );
  }, [offset, flash]);
  return null;
}

function Loading() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
    </Box>
  );
}

function find(place: Place): { route: Route; params: Params } {
  for (const route of routes) {
    const params = match(route.pattern, place.path);
    if (params) return { route, params };
  }
  return { route: routes[0]!, params: {} };
}

function Navigation({ route }: { route: Route }) {
  const sections = [...new Set(routes.flatMap((r) => r.section ?? []))];
  const items: SideNavigationProps.Item[] = sections.map((section) => ({
    type: 'section-group',
    title: section,
    items: routes.filter((r) => r.section === section).map((r) => ({ type: 'link', text: r.title, href: href(r.pattern) })),
  }));
  return (
    <SideNavigation header={{ text: 'Console', href: '#/' }} items={items} activeHref={href(route.parent ?? route.pattern)} />
  );
}

function breadcrumbs(route: Route, params: Params): BreadcrumbGroupProps.Item[] {
  const trail: BreadcrumbGroupProps.Item[] = [];
  for (let r: Route | undefined = route; r; r = routes.find((other) => other.pattern === r?.parent)) {
    const last = r.pattern.match(/:([a-zA-Z]+)$/)?.[1];
    trail.unshift({ text: (last && params[last]) || r.title, href: href(r.pattern, params) });
  }
  return [{ text: 'Warmfront', href: '#/' }, ...trail];
}
